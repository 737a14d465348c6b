/* A mapped block is freed twice: its page is gone, and reading the header faults. */
#include <stdlib.h>

int main(void)
{
    void *volatile block = malloc(40 << 20);
    free(block);
    free(block);
    return 0;
}
