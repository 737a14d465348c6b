/*
 * swing_default.c - M6 over and over in default mode: a program that fills its heap and empties it
 * again finds the break low each time, though its sizes would be kept for a thread that takes and
 * frees them in turn.
 */
#include "tap.h"

#include <unistd.h>

enum { BLOCKS = 64, SIZE = 50000, ROUNDS = 7 };

static void fill_and_empty(void)
{
    static char *block[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        block[i] = malloc(SIZE);
        if (block[i])
            memset(block[i], i, SIZE);
    }
    for (int i = BLOCKS; i-- > 0;)
        free(block[i]);
}

/* Take and free one block in turn, until the thread keeps it ready. */
static void earn_a_shelf(void)
{
    for (int i = 0; i < 1000; i++)
        free(malloc(SIZE));
}

int main(void)
{
    char *first = malloc(1000);
    long start = (long)first;
    bool low = first != NULL;
    for (int round = 0; round < ROUNDS; round++) {
        fill_and_empty();
        long heap = ((long)sbrk(0) - start) / 1024;
        note("round %d: %ld KiB of break", round, heap);
        low &= heap < 300;
    }
    ok(low, "M6 the break is low after each round of filling and emptying");
    earn_a_shelf();
    fill_and_empty();
    long heap = ((long)sbrk(0) - start) / 1024;
    note("after a shelf was earned: %ld KiB of break", heap);
    ok(heap < 400, "M6 a shelf that was earned does not pin the top when the heap is emptied");
    free(first);
    return done();
}
