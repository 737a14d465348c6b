/* An overflow zeroes the size of the block above; the free of the block below finds it. */
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *volatile block = malloc(5000), *volatile above = malloc(5000);
    memset(block, 0, 5000 + 16);
    free(block);
    return above == NULL;
}
