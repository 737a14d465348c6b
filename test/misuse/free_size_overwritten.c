/* The size of a freed block is overwritten; taking from its bin finds it. */
#include <stdlib.h>

int main(void)
{
    size_t *volatile block = malloc(5000);
    void *volatile guard = malloc(5000);
    free(block);
    block[-1] = 0x9001;
    void *volatile more = malloc(4000);
    return guard == more;
}
