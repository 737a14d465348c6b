/* A small block is freed twice in a row. */
#include <stdlib.h>

int main(void)
{
    void *volatile block = malloc(40);
    free(block);
    free(block);
    return 0;
}
