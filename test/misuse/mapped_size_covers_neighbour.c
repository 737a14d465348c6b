/* A mapped block's size is overwritten with one that ends where its neighbour's mapping does. */
#include <stdint.h>
#include <stdlib.h>

enum { BYTES = 1 << 20 };

int main(void)
{
    char *volatile above = malloc(BYTES);
    char *volatile below = malloc(BYTES);
    size_t length = *(size_t *)(void *)(below - sizeof(size_t)) & ~(size_t)7;
    *(size_t *)(void *)(below - sizeof(size_t)) += length;
    free(below);
    *above = 1;
    return 0;
}
