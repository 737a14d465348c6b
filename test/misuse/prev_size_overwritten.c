/* The size that a free chunk leaves for the one above is overwritten; merging finds it. */
#include <stdlib.h>

int main(void)
{
    size_t *volatile below = malloc(5000), *volatile above = malloc(5000);
    void *volatile guard = malloc(5000);
    free(below);
    above[-2] = 0x120;
    free(above);
    return guard == NULL;
}
