/* The size of a large block is overwritten with one that reaches past the top. */
#include <stdlib.h>

int main(void)
{
    size_t *volatile block = malloc(5000), *volatile guard = malloc(5000);
    block[-1] = 0x4000001;
    free(block);
    return guard == NULL;
}
