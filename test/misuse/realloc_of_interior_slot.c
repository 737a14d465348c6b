/* A pointer 32 bytes into a zeroed small block is resized, in a program that has many of its size. */
#include <stdlib.h>

enum { MANY = 5000 };

int main(void)
{
    static char *volatile blocks[MANY];
    for (int i = 0; i < MANY; i++)
        blocks[i] = calloc(1, 48);
    blocks[0] = realloc(blocks[MANY - 1] + 32, 100);
    return 0;
}
