/* A small block is freed twice in a row, in a program that has many of its size. */
#include <stdlib.h>

enum { MANY = 5000 };

int main(void)
{
    static char *volatile blocks[MANY];
    for (int i = 0; i < MANY; i++)
        blocks[i] = malloc(48);
    free(blocks[MANY - 1]);
    free(blocks[MANY - 1]);
    return 0;
}
