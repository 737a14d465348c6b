/*
 * visit.pml - K17 to K20: a visitor empties the cache of a thread that sleeps.  The thread writes
 * `inside` and then reads `visited`, without a barrier of the processor: its write may stay in its
 * store buffer, as the visitor's may in his.  The visitor closes the quick way, writes `visited`, has
 * every store buffer emptied (membarrier), and reads `inside`; then it asks whether the thread sleeps
 * in the kernel.
 *
 * Proved: whoever of the two is in the cache is there alone, on the quick way and on the slow one.
 * With the barrier left out (-DNO_BARRIER) spin finds two at once.
 */
#define CALLS 3

bool shut = false, visited = false;
bool inside = false;        /* what others see of it .. */
bool buffered = false;      /* .. until the thread's store buffer is written back */
bool buffer_value = false;
bool visit_buffered = false; /* the same of the visitor's two writes */
bool sleeps = false;        /* in a system call outside of ours */
byte in_cache = 0;
byte calls = 0;

inline write_back() {
    atomic { if :: buffered -> inside = buffer_value; buffered = false :: else -> skip fi }
}

inline store_inside(value) {
    atomic {
        if
        :: buffered -> inside = buffer_value
        :: else -> skip
        fi;
        buffer_value = value; buffered = true
    }
}

inline write_back_visit() {
    atomic {
        if
        :: visit_buffered -> shut = true; visited = true; visit_buffered = false
        :: else -> skip
        fi
    }
}

inline use_cache() {
    in_cache++;
    assert(in_cache == 1);
    in_cache--
}

active proctype thread_() {
    bool was_shut;
    do
    :: calls == CALLS -> break
    :: else ->
        calls++;
        if
        :: sleeps = true; write_back(); sleeps = false /* pause(), read() .. */
        :: skip
        fi;
        was_shut = shut;
        if
        :: !was_shut -> use_cache() /* the quick way says nothing */
        :: else -> skip
        fi;
        /* The slow way. */
        store_inside(true);
        if
        :: visited -> write_back(); !visited
        :: !visited
        fi;
        use_cache();
        store_inside(false)
    od;
    sleeps = true /* it never comes back */
}

/* A processor writes its buffer back when it likes. */
active proctype processor() {
end:
    do
    :: buffered -> write_back()
    :: visit_buffered -> write_back_visit()
    od
}

active proctype visitor() {
    byte visits = 0;
    do
    :: visits == 2 -> break
    :: else ->
        visit_buffered = true;
#ifndef NO_BARRIER
        write_back_visit();
        write_back();
#endif
        if
        :: !inside && sleeps -> use_cache()
        :: else -> skip
        fi;
        write_back_visit();
        shut = false;
        visited = false;
        visits++
    od
}
