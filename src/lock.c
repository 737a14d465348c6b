/*
 * lock.c - the futex lock of lock.h.
 */
#include "lock.h"

#include <sys/syscall.h>
#include <unistd.h>

#define SLEEPERS ((uintptr_t)1)

_Thread_local uint32_t lock_thread;

static_assert(_Alignof(uint32_t) > SLEEPERS, "no holder's address has the bit of the sleepers");
static_assert(sizeof(((struct lock *)0)->word) == WORD, "a holder's address fills the word");
static_assert(ATOMIC_POINTER_LOCK_FREE == 2, "the lock itself is of machine instructions only");

/* The thread that others give way to: it wants all locks, to fork.  0: none. */
static _Atomic uintptr_t given_way;

static bool must_give_way(void)
{
    uintptr_t thread = atomic_load_explicit(&given_way, memory_order_relaxed);
    return unlikely(thread != 0) && thread != lock_self();
}

/* A few milliseconds at most: whoever is asked must not wait for one who waits for him. */
static void give_way(void)
{
    /* A futex nobody wakes: unlike nanosleep it is no cancellation point. */
    static uint32_t nobody;
    for (int naps = 0; naps < 20 && must_give_way(); naps++)
        syscall(SYS_futex, &nobody, LOCK_FUTEX_WAIT, 0, &(struct lock_time){.nanoseconds = 100000},
                NULL, 0);
}

void lock_ask_way(void)
{
    uintptr_t nobody = 0;
    atomic_compare_exchange_strong_explicit(&given_way, &nobody, lock_self(), memory_order_relaxed,
                                            memory_order_relaxed);
}

void lock_forget_way(void)
{
    atomic_store_explicit(&given_way, 0, memory_order_relaxed);
}

void lock_end_way(void)
{
    if (!must_give_way())
        atomic_store_explicit(&given_way, 0, memory_order_relaxed);
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

/* Sleep while the word is as seen; for ever, or for so many milliseconds. */
static void futex_wait(struct lock *l, uintptr_t seen, const unsigned *milliseconds)
{
    struct lock_time limit = {0, 0};
    assert(!milliseconds || *milliseconds < 1000); /* or the kernel refuses the nanoseconds */
    if (milliseconds)
        limit.nanoseconds = (long)*milliseconds * 1000000;
    syscall(SYS_futex, futex_of(l), LOCK_FUTEX_WAIT, (uint32_t)seen, milliseconds ? &limit : NULL,
            NULL, 0);
}

static void futex_wake(struct lock *l)
{
    syscall(SYS_futex, futex_of(l), LOCK_FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* free -> `held`, without waiting. */
static bool grab(struct lock *l, uintptr_t held)
{
    uintptr_t seen = 0;
    assert((held & ~SLEEPERS) == lock_self());
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
static void sleep_on(struct lock *l, uintptr_t seen, const unsigned *milliseconds)
{
    uintptr_t marked = seen | SLEEPERS;
    assert((seen & ~SLEEPERS) != lock_self()); /* L3: nobody waits for himself */
    if (seen == marked || atomic_compare_exchange_strong_explicit(
                              &l->word, &seen, marked, memory_order_relaxed, memory_order_relaxed))
        futex_wait(l, marked, milliseconds);
}

static bool enter_again(struct lock *l)
{
    assert(lock_held(l));
    if (!l->open_to_owner)
        return false;
    l->again++;
    return true;
}

bool lock_try_shared(struct lock *l)
{
    return likely(!must_give_way() && grab(l, lock_self())) || (lock_held(l) && enter_again(l));
}

/*
 * A holder is out again within a microsecond as a rule: look for some ten before sleeping, which
 * costs both of them a system call and a change of thread.
 */
static bool grab_soon(struct lock *l)
{
    enum { LOOKS = 1000 };
    for (int looks = 0; looks < LOOKS; looks++) {
        if (look(l) == 0 && lock_try(l))
            return true;
        spin_pause();
    }
    return false;
}

/* One sleep at most; whoever has slept leaves SLEEPERS set, since others may still be asleep. */
static bool grab_after_sleep(struct lock *l, const unsigned *milliseconds)
{
    uintptr_t seen = look(l);
    if (seen != 0)
        sleep_on(l, seen, milliseconds);
    return grab(l, lock_self() | SLEEPERS);
}

bool lock_take(struct lock *l)
{
    if (likely(lock_try(l)))
        return true;
    if (lock_held(l) || l->abandoned)
        return false;
    give_way();
    if (grab_soon(l))
        return true;
    while (!grab_after_sleep(l, NULL))
        ;
    assert(lock_held(l) && l->again == 0);
    return true;
}

void lock_release_shared(struct lock *l)
{
    assert(lock_held(l));
    if (l->again > 0) {
        l->again--;
        return;
    }
    if (atomic_exchange_explicit(&l->word, 0, memory_order_release) & SLEEPERS)
        futex_wake(l);
}

bool lock_held(const struct lock *l)
{
    return (look(l) & ~SLEEPERS) == lock_self();
}

bool lock_hold(struct lock *l, unsigned milliseconds)
{
    if (lock_held(l) || l->abandoned)
        return true;
    bool held = lock_try(l) || grab_soon(l);
    for (unsigned waited = 0; !held && waited < milliseconds; waited++)
        held = grab_after_sleep(l, &(unsigned){1});
    if (held)
        l->open_to_owner = true;
    return held;
}

bool lock_is_interrupted(const struct lock *l)
{
    return !l->abandoned && lock_held(l) && !l->open_to_owner;
}

void lock_abandon(struct lock *l)
{
    l->abandoned |= look(l) != 0 && !lock_held(l);
}

void lock_let_go(struct lock *l)
{
    if (!lock_held(l) || !l->open_to_owner)
        return;
    assert(l->again == 0);
    l->open_to_owner = false;
    lock_release(l);
}
