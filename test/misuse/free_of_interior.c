/* A pointer 32 bytes into a block is freed; the block's zeros stand where a size would. */
#include <stdlib.h>

int main(void)
{
    char *volatile block = calloc(1, 100);
    free(block + 32);
    return 0;
}
