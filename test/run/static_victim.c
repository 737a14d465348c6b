/*
 * static_victim.c - a program without a loader, which no LD_PRELOAD reaches.
 *
 * @test link=-static
 */
#include <stdlib.h>

int main(void)
{
    char *volatile memory = malloc(8);
    free(memory);
    return 0;
}
