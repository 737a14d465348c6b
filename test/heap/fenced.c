/*
 * fenced.c - a program whose blocks stand between pages that nobody may touch: it tells them, and
 * reads nothing around them.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMALL = 900, LARGE = 12 };

static char *small[SMALL], *large[LARGE];

static void tell(const char *block)
{
    dprintf(STDOUT_FILENO, "block %lx %zu live\n", (unsigned long)block,
            malloc_usable_size((void *)block));
}

int main(void)
{
    for (unsigned i = 0; i < SMALL; i++) {
        small[i] = malloc(1 + i * 37 % 3000);
        memset(small[i], 1, 1 + i * 37 % 3000);
    }
    for (unsigned i = 0; i < LARGE; i++) {
        large[i] = malloc(300000 + 5000 * (size_t)i);
        memset(large[i], 1, 300000 + 5000 * (size_t)i);
    }
    for (unsigned i = 0; i < SMALL; i += 3)
        free(small[i]);
    for (unsigned i = 0; i < LARGE; i += 3)
        free(large[i]);
    for (unsigned i = 0; i < SMALL; i++)
        if (i % 3)
            tell(small[i]);
    for (unsigned i = 0; i < LARGE; i++)
        if (i % 3)
            tell(large[i]);
    dprintf(STDOUT_FILENO, "ready\n");
    pause();
}
