/* As above, found by realloc. */
#include <stdlib.h>

int main(void)
{
    size_t *volatile block = malloc(40 << 20);
    block[-1] += 0x50;
    void *volatile moved = realloc(block, 50 << 20);
    return moved == NULL;
}
