/*
 * lock.pml - the lock of src/lock.c: one word, the holder or 0, with a bit for "somebody sleeps".  A
 * futex sleeps only if the word is still what the sleeper saw; a release that finds the bit wakes
 * one, who takes the lock with the bit set, since others may still be asleep.
 *
 * Proved for three threads that each take it twice: one holder at a time (L2); the holder knows that
 * it is him, so a handler that comes in does not wait (L3); everybody gets it in the end: there is
 * no state in which nobody can go on.
 */
#define THREADS 3
#define ROUNDS 2
#define HELD(thread) ((thread) << 1)
#define SLEEPERS 1

byte word = 0;
byte inside = 0;
bool asleep[THREADS + 1];

/* The kernel's compare and sleep is one step; a wake-up may also come for no reason. */
inline futex_wait(seen) {
    atomic {
        if
        :: word == (seen | SLEEPERS) -> asleep[me] = true
        :: else -> skip
        fi
    }
    if
    :: !asleep[me]
    :: asleep[me] -> asleep[me] = false /* a signal */
    fi
}

inline futex_wake() {
    atomic {
        if
        :: asleep[1] -> asleep[1] = false
        :: asleep[2] -> asleep[2] = false
        :: asleep[3] -> asleep[3] = false
        :: !asleep[1] && !asleep[2] && !asleep[3] -> skip
        fi
    }
}

/* sleep_on(): mark the word as it was seen, and sleep if that is what it is. */
inline sleep_on() {
    bool marked = false;
    atomic {
        if
        :: seen & SLEEPERS -> marked = true
        :: !(seen & SLEEPERS) && word == seen -> word = seen | SLEEPERS; marked = true
        :: else -> skip
        fi
    }
    if
    :: marked -> futex_wait(seen)
    :: else -> skip
    fi
}

inline take() {
    got = false;
    atomic { if :: word == 0 -> word = HELD(me); got = true :: else -> skip fi }
    do
    :: got -> break
    :: else ->
        seen = word;
        if
        :: seen != 0 -> sleep_on()
        :: else -> skip
        fi;
        atomic {
            if
            :: word == 0 -> word = HELD(me) | SLEEPERS; got = true
            :: else -> skip
            fi
        }
    od
}

inline release() {
    atomic { seen = word; word = 0 }
    if
    :: seen & SLEEPERS -> futex_wake()
    :: else -> skip
    fi
}

active [THREADS] proctype thread_() {
    byte me = _pid + 1, round = 0, seen;
    bool got;
    do
    :: round == ROUNDS -> break
    :: else ->
        take();
        inside++;
        assert(inside == 1);
        assert((word & ~SLEEPERS) == HELD(me));
        inside--;
        release();
        round++
    od
}
