/* A block too large for any cache is freed twice, with a live neighbour above it. */
#include <stdlib.h>

int main(void)
{
    void *volatile block = malloc(5000), *volatile guard = malloc(5000);
    free(block);
    free(block);
    return guard == NULL;
}
