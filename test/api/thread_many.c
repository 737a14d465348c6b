/*
 * thread_many.c - a thousand threads at once share what arenas there are, each frees what its
 * neighbour took; and two thousand one after the other leave nothing behind (R2, R4, R13).
 *
 * @test timeout=120
 */
#include "api.h"

#include <pthread.h>

enum { AT_ONCE = 1000, IN_TURN = 2000, STACK = 128 * 1024 };

struct member {
    struct member *neighbour;
    pthread_t thread;
    unsigned char *block;
    size_t number;
    bool holds;
};

static pthread_barrier_t everyone;
static struct member members[AT_ONCE];

static void *trade(void *argument)
{
    struct member *self = argument;
    size_t n = 10 + self->number * 7 % 5000;
    self->block = malloc(n);
    if (self->block != NULL)
        memset(self->block, (int)(self->number & 0x7f), n);
    pthread_barrier_wait(&everyone);
    struct member *other = self->neighbour;
    n = 10 + other->number * 7 % 5000;
    self->holds = other->block != NULL &&
                  all_bytes_are(other->block, n, (unsigned char)(other->number & 0x7f));
    free(other->block);
    return NULL;
}

static bool start(struct member *m, const pthread_attr_t *small)
{
    return pthread_create(&m->thread, small, trade, m) == 0;
}

static bool a_thousand_trade(void)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    pthread_barrier_init(&everyone, NULL, AT_ONCE);
    for (size_t i = 0; i < AT_ONCE; i++) {
        members[i].number = i;
        members[i].neighbour = &members[(i + 1) % AT_ONCE];
        if (!start(&members[i], &small))
            return false;
    }
    bool holds = true;
    for (size_t i = 0; i < AT_ONCE; i++) {
        pthread_join(members[i].thread, NULL);
        holds &= members[i].holds;
    }
    pthread_barrier_destroy(&everyone);
    return holds;
}

static void *use_and_free(void *argument)
{
    void *blocks[50];
    (void)argument;
    for (size_t i = 0; i < 50; i++)
        blocks[i] = malloc(i * 20);
    for (size_t i = 0; i < 50; i++)
        free(blocks[i]);
    return NULL;
}

static bool run_in_turn(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, use_and_free, NULL) != 0)
            return false;
        pthread_join(thread, NULL);
    }
    return true;
}

/* What the first hundred needed serves all that follow: caches come home, arenas are reused. */
static bool threads_in_turn_leave_nothing(void)
{
    bool holds = run_in_turn(100);
    struct mallinfo2 before = mallinfo2();
    holds &= run_in_turn(IN_TURN);
    struct mallinfo2 after = mallinfo2();
    note("heap bytes %zu then %zu, in use %zu then %zu", before.arena, after.arena, before.uordblks,
         after.uordblks);
    return holds && after.arena <= before.arena + MIB && after.uordblks <= before.uordblks + 65536;
}

int main(void)
{
    alarm(120);
    ok(threads_in_turn_leave_nothing(), "two_thousand_threads_in_turn_leave_nothing (R13)");
    ok(a_thousand_trade(), "a_thousand_threads_at_once_trade_blocks (R2 R4)");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
