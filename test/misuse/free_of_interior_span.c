/* A pointer 8 KiB into a zeroed block of 40 KiB is freed, in a program that has had many of them. */
#include <stdlib.h>

enum { MANY = 64, ROUNDS = 8 };

int main(void)
{
    static char *volatile blocks[MANY];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MANY; i++)
            blocks[i] = calloc(1, 40 * 1024);
        for (int i = 0; i < MANY && round < ROUNDS - 1; i++)
            free(blocks[i]);
    }
    free(blocks[MANY / 2] + 8 * 1024);
    return 0;
}
