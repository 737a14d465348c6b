/* A freed block is written to: its links no longer lead back to it when it is taken again. */
#include <stdlib.h>

int main(void)
{
    size_t *volatile block = malloc(5000);
    void *volatile guard = malloc(5000);
    free(block);
    block[0] = block[1] = (size_t)&block;
    void *volatile more = malloc(4000);
    return guard == more;
}
