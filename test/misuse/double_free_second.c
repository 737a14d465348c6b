/* A block is freed, then another one, then the first once more. */
#include <stdlib.h>

int main(void)
{
    void *volatile block = malloc(200);
    void *volatile other = malloc(200);
    free(block);
    free(other);
    free(block);
    return 0;
}
