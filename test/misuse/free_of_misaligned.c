/* A pointer eight bytes into a block is freed. */
#include <stdlib.h>

int main(void)
{
    char *volatile block = malloc(100);
    free(block + 8);
    return 0;
}
