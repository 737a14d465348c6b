/*
 * lock.c - the futex lock of lock.h.
 */
#include "lock.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLEEPERS ((uintptr_t)1)

/* glibc tells here whether a second thread was ever made; elsewhere we assume so. */
extern char __libc_single_threaded WEAK;

static bool process_is_alone(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}

static uintptr_t self(void)
{
    return (uintptr_t)pthread_self();
}

static uintptr_t look(const struct lock *l)
{
    return atomic_load_explicit(&l->word, memory_order_relaxed);
}

/* The 32 bits of the word that hold SLEEPERS. */
static uint32_t *futex_of(struct lock *l)
{
    uint32_t *word = (uint32_t *)(uintptr_t)&l->word;
    bool big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return word + (WORD == 8 && big_endian ? 1 : 0);
}

static void futex_wait(struct lock *l, uintptr_t seen)
{
    syscall(SYS_futex, futex_of(l), FUTEX_WAIT_PRIVATE, (uint32_t)seen, NULL, NULL, 0);
}

static void futex_wake(struct lock *l)
{
    syscall(SYS_futex, futex_of(l), FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* free -> `held`, without waiting. */
static bool grab(struct lock *l, uintptr_t held)
{
    uintptr_t seen = 0;
    if (process_is_alone()) {
        if (look(l) != 0)
            return false;
        atomic_store_explicit(&l->word, held, memory_order_relaxed);
        return true;
    }
    return atomic_compare_exchange_strong_explicit(&l->word, &seen, held, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Say that somebody sleeps on a lock seen held, and sleep.  It may be free, or not, afterwards. */
static void sleep_on(struct lock *l, uintptr_t seen)
{
    uintptr_t marked = seen | SLEEPERS;
    if (seen == marked ||
        atomic_compare_exchange_strong_explicit(&l->word, &seen, marked, memory_order_relaxed,
                                                memory_order_relaxed))
        futex_wait(l, marked);
}

static bool enter_again(struct lock *l)
{
    if (!l->open_to_owner)
        return false;
    l->again++;
    return true;
}

bool lock_try(struct lock *l)
{
    return likely(grab(l, self())) || (lock_held(l) && enter_again(l));
}

bool lock_take(struct lock *l)
{
    /* A holder is out again within a microsecond as a rule: look a few times before sleeping. */
    enum { LOOKS = 100 };
    if (likely(lock_try(l)))
        return true;
    if (lock_held(l))
        return false;
    for (int looks = 0; looks < LOOKS; looks++)
        if (look(l) == 0 && lock_try(l))
            return true;
    /* Whoever has slept leaves SLEEPERS set: others may still be asleep. */
    while (!grab(l, self() | SLEEPERS)) {
        uintptr_t seen = look(l);
        if (seen != 0)
            sleep_on(l, seen);
    }
    return true;
}

void lock_release(struct lock *l)
{
    assert(lock_held(l));
    if (l->again > 0) {
        l->again--;
        return;
    }
    if (process_is_alone()) {
        atomic_store_explicit(&l->word, 0, memory_order_relaxed);
        return;
    }
    if (atomic_exchange_explicit(&l->word, 0, memory_order_release) & SLEEPERS)
        futex_wake(l);
}

void lock_await(struct lock *l)
{
    uintptr_t seen = look(l);
    if (seen == 0)
        return;
    sleep_on(l, seen);
    /* We may have eaten the one wake-up and do not take the lock: pass it on. */
    futex_wake(l);
}

bool lock_held(const struct lock *l)
{
    return (look(l) & ~SLEEPERS) == self();
}

bool lock_try_hold(struct lock *l)
{
    if (lock_held(l))
        return true;
    if (!lock_try(l))
        return false;
    l->open_to_owner = true;
    return true;
}

void lock_let_go(struct lock *l)
{
    if (!lock_held(l) || !l->open_to_owner)
        return;
    assert(l->again == 0);
    l->open_to_owner = false;
    lock_release(l);
}
