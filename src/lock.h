/*
 * lock.h - a lock of one futex word that knows its holder.
 *
 * Knowing the holder buys two things no plain mutex has.  A signal handler that interrupts an
 * operation and comes back here is told so instead of waiting for itself.  And fork, which holds
 * every lock, may let its own thread in again, because then no operation is under way.
 *
 *   word    0 free, else lock_self() of the holder, with its lowest bit set when somebody may
 *           sleep; the futex is the half that has that bit
 *   again   how often the holder of a fork has come in again
 *
 * While the process has one thread, taking and releasing cost no atomic operation.
 */
#ifndef ASHLAR_LOCK_H
#define ASHLAR_LOCK_H

#include "base.h"

#include <stdatomic.h>

/* What <linux/futex.h> calls FUTEX_WAIT_PRIVATE and FUTEX_WAKE_PRIVATE; not all systems have that. */
enum { LOCK_FUTEX_WAIT = 128, LOCK_FUTEX_WAKE = 129 };

/* The time the plain futex call takes, whatever the C library's time_t is. */
struct lock_time {
    long seconds, nanoseconds;
};

struct lock {
    _Atomic uintptr_t word;
    unsigned again;
    bool open_to_owner; /* fork holds it: the owner may come in again */
    bool abandoned;     /* its holder does not exist: taking it fails at once */
};

/* glibc tells here whether a second thread was ever made; elsewhere we assume so. */
extern char __libc_single_threaded WEAK;

/* What a holder is known by: an address that no other thread has, the same in a forked child. */
extern __attribute__((visibility("hidden"))) _Thread_local uint32_t lock_thread;

static inline uintptr_t lock_self(void)
{
    return (uintptr_t)&lock_thread;
}

static inline bool process_is_alone(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}

/* For lock_try: the lock is not free, or there are other threads. */
bool lock_try_shared(struct lock *l);

/* For lock_release: somebody may sleep, or the holder is in for the second time. */
void lock_release_shared(struct lock *l);

/* Take the lock if that needs no waiting.  A fork's own thread may always come in. */
static inline bool lock_try(struct lock *l)
{
    if (unlikely(!process_is_alone()) || atomic_load_explicit(&l->word, memory_order_acquire))
        return lock_try_shared(l);
    atomic_store_explicit(&l->word, lock_self(), memory_order_relaxed);
    return true;
}

/*
 * Take the lock, sleeping while another thread has it.  False, at once, if this thread itself
 * holds it in the middle of an operation that a signal has interrupted, or if it is abandoned.
 */
bool lock_take(struct lock *l);

/* Whether the calling thread holds the lock. */
bool lock_held(const struct lock *l);

static inline void lock_release(struct lock *l)
{
    assert(lock_held(l)); /* L2 */
    if (unlikely(!process_is_alone()) || l->again > 0)
        lock_release_shared(l);
    else
        atomic_store_explicit(&l->word, 0, memory_order_release);
}

/*
 * For fork.  Take the lock, waiting for it at most so many milliseconds, and let the holder in
 * again until it is let go: it promises that all is consistent.  A lock that this thread holds
 * already, for an operation that a signal has interrupted, or that is abandoned is left as it is.
 * False if another thread keeps it.
 */
bool lock_hold(struct lock *l, unsigned milliseconds);
void lock_let_go(struct lock *l);

/*
 * Between these two all other threads stand back from locks for a moment: who takes and releases
 * one in a loop would else have it again before a sleeper is awake.
 */
void lock_ask_way(void);
void lock_end_way(void);

/* In the child of fork: whoever asked is not there. */
void lock_forget_way(void);

/* Whether this thread holds the lock for an operation that a signal has interrupted. */
bool lock_is_interrupted(const struct lock *l);

/* In the child of fork: if a thread that is not there holds the lock, nobody gets it any more. */
void lock_abandon(struct lock *l);

#endif
