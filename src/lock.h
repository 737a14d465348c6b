/*
 * lock.h - a lock of one futex word that knows its holder.
 *
 * Knowing the holder buys two things no plain mutex has.  A signal handler that interrupts an
 * operation and comes back here is told so instead of waiting for itself.  And fork, which holds
 * every lock, may let its own thread in again, because then no operation is under way.
 *
 *   word    0 free, else pthread_self() of the holder (the same before and after fork), with its
 *           lowest bit set when somebody may sleep; the futex is the half that has that bit
 *   again   how often the holder of a fork has come in again
 *
 * While the process has one thread, taking and releasing cost no atomic operation.
 */
#ifndef ASHLAR_LOCK_H
#define ASHLAR_LOCK_H

#include "base.h"

#include <stdatomic.h>

struct lock {
    _Atomic uintptr_t word;
    unsigned again;
    bool open_to_owner; /* fork holds it: the owner may come in again */
};

/* Take the lock if that needs no waiting.  A fork's own thread may always come in. */
bool lock_try(struct lock *l);

/*
 * Take the lock, sleeping while another thread has it.  False, at once, if this thread itself
 * holds it in the middle of an operation that a signal has interrupted.
 */
bool lock_take(struct lock *l);

void lock_release(struct lock *l);

/* Sleep until the lock may be free, without taking it. */
void lock_await(struct lock *l);

/* Whether the calling thread holds the lock. */
bool lock_held(const struct lock *l);

/*
 * For fork.  Take the lock if that needs no waiting, and let the holder in again until it is let
 * go: it promises that all is consistent.  A lock that this thread holds already, for an operation
 * that a signal has interrupted, is left as it is.  False if another thread has it.
 */
bool lock_try_hold(struct lock *l);
void lock_let_go(struct lock *l);

#endif
