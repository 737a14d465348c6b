/* A block of 40 KiB is freed twice in a row, in a program that takes and frees many of them. */
#include <stdlib.h>

enum { MANY = 64, ROUNDS = 8 };

int main(void)
{
    static char *volatile blocks[MANY];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MANY; i++)
            blocks[i] = malloc(40 * 1024);
        for (int i = 0; i < MANY && round < ROUNDS - 1; i++)
            free(blocks[i]);
    }
    free(blocks[MANY / 2]);
    free(blocks[MANY / 2]);
    return 0;
}
