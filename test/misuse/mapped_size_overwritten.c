/* The size word of a mapped block claims a length that is no whole number of pages. */
#include <stdlib.h>

int main(void)
{
    size_t *volatile block = malloc(40 << 20);
    block[-1] += 0x50;
    free(block);
    return 0;
}
