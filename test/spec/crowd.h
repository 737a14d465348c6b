/*
 * crowd.h - several threads that allocate at a known moment and live at the same time.
 *
 * A member's work is done in steps; main lets all of them do a step and waits for its end, so a
 * test reads as a sequence although it has threads.
 */
#ifndef TEST_SPEC_CROWD_H
#define TEST_SPEC_CROWD_H

#include "look.h"

enum { CROWD_MAX = 64 };

struct member {
    pthread_t thread;
    void (*step)(struct member *self); /* set by main between steps; NULL ends the thread */
    struct block block;
    struct block *more;
    size_t count;
    pthread_barrier_t begins;
    pthread_barrier_t ends;
};

static inline void *member_lives(void *arg)
{
    struct member *self = arg;
    for (;;) {
        pthread_barrier_wait(&self->begins);
        if (!self->step)
            return NULL;
        self->step(self);
        pthread_barrier_wait(&self->ends);
    }
}

/* The members exist but have not allocated. */
static inline void crowd_gather(struct member *crowd, size_t count)
{
    memset(crowd, 0, count * sizeof *crowd);
    for (size_t i = 0; i < count; i++) {
        pthread_barrier_init(&crowd[i].begins, NULL, 2);
        pthread_barrier_init(&crowd[i].ends, NULL, 2);
        thread_start(&crowd[i].thread, member_lives, &crowd[i]);
    }
}

static inline void member_begins(struct member *m, void (*step)(struct member *))
{
    m->step = step;
    pthread_barrier_wait(&m->begins);
}

static inline void member_ends(struct member *m)
{
    pthread_barrier_wait(&m->ends);
}

/* One member does a step while all others wait. */
static inline void member_does(struct member *m, void (*step)(struct member *))
{
    member_begins(m, step);
    member_ends(m);
}

/* All members do the step at the same time. */
static inline void crowd_does(struct member *crowd, size_t count, void (*step)(struct member *))
{
    for (size_t i = 0; i < count; i++)
        member_begins(&crowd[i], step);
    for (size_t i = 0; i < count; i++)
        member_ends(&crowd[i]);
}

static inline void member_goes(struct member *m)
{
    member_begins(m, NULL);
    pthread_join(m->thread, NULL);
    pthread_barrier_destroy(&m->begins);
    pthread_barrier_destroy(&m->ends);
}

static inline void crowd_goes(struct member *crowd, size_t count)
{
    for (size_t i = 0; i < count; i++)
        member_goes(&crowd[i]);
}

/* Steps that many tests share. */

static inline void step_take(struct member *self)
{
    self->block = block_take(self->count ? self->count : 1000);
}

static inline void step_put(struct member *self)
{
    block_put(&self->block);
}

/* How many different arenas the members' blocks come from; main's own counts if it has a block. */
static inline size_t arenas_of(const struct member *crowd, size_t count)
{
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        size_t earlier = 0;
        for (size_t j = 0; j < i; j++)
            earlier += arena_of(crowd[j].block.p) == arena_of(crowd[i].block.p);
        different += earlier == 0;
    }
    return different;
}

#endif
