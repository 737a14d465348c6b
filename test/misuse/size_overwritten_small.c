/* One byte too many: the size of the block above is no multiple of 16 when it is freed. */
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *volatile block = malloc(24), *volatile above = malloc(24);
    memset(block, 0x08, 25);
    free(above);
    return 0;
}
