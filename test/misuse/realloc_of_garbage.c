/* A misaligned pointer is resized. */
#include <stdlib.h>

int main(void)
{
    char *volatile block = malloc(100);
    void *volatile moved = realloc(block + 4, 200);
    return moved == NULL;
}
