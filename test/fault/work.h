/*
 * work.h - a program that uses every kind of block: slots, chunks, spans, mapped ones, realloc
 * through all of them, alignments, threads, trim and decay.  Every block carries a pattern that is
 * looked at; what is refused must be refused with ENOMEM.
 */
#ifndef TEST_WORK_H
#define TEST_WORK_H

#include "../unit/round.h"
#include "../unit/unit.h"

#include "ashlar.h"
#include "decay.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { WORK_BLOCKS = 16384, WORK_THREADS = 2 };

/* Of a large block only so much is filled: its pages are not what this is about. */
#define WORK_FILLED (16 * KIB)

struct work_block {
    char *user;
    size_t n;
    uint64_t key;
};

/* One thread's blocks. */
struct work {
    struct work_block blocks[WORK_BLOCKS];
    size_t count;
};

/* What went wrong, by all threads; in shared memory, so that a child can tell. */
struct work_found {
    _Atomic unsigned damaged, misaligned, not_zero, wrong_errno, refused, served, broken, endless;
    size_t resident; /* bytes, when all was freed again */
    long seen;       /* calls of the kernel that could have been refused */
};

static struct work_found *work_found;
static struct work works[1 + WORK_THREADS];

static inline size_t work_filled(size_t n)
{
    return min_size(n, WORK_FILLED);
}

static inline void work_fill(struct work_block *b)
{
    pattern_fill(b->user, work_filled(b->n), b->key);
}

static inline void work_look(const struct work_block *b, size_t first)
{
    size_t n = work_filled(b->n);
    if (!pattern_holds(b->user, min_size(first, n), n, b->key))
        atomic_fetch_add(&work_found->damaged, 1);
}

/* Count a refusal; false if it is one. */
static inline bool work_was_served(const void *user)
{
    if (user) {
        atomic_fetch_add(&work_found->served, 1);
        return true;
    }
    atomic_fetch_add(&work_found->refused, 1);
    if (errno != ENOMEM)
        atomic_fetch_add(&work_found->wrong_errno, 1);
    return false;
}

static inline void work_add(struct work *w, char *user, size_t n)
{
    if (!work_was_served(user) || w->count == WORK_BLOCKS)
        return;
    struct work_block *b = &w->blocks[w->count++];
    *b = (struct work_block){user, n, w->count * 977 + n};
    work_fill(b);
}

static inline void work_take(struct work *w, size_t n)
{
    errno = 0;
    work_add(w, malloc(n), n);
}

static inline void work_take_zeroed(struct work *w, size_t n)
{
    errno = 0;
    char *user = calloc(1, n);
    if (user && !all_bytes_are(user, n, 0))
        atomic_fetch_add(&work_found->not_zero, 1);
    work_add(w, user, n);
}

static inline void work_take_aligned(struct work *w, size_t alignment, size_t n)
{
    errno = 0;
    char *user = aligned_alloc(alignment, n);
    if (!is_aligned(user, alignment))
        atomic_fetch_add(&work_found->misaligned, 1);
    work_add(w, user, n);
}

static inline void work_put(struct work *w, size_t i)
{
    work_look(&w->blocks[i], SIZE_MAX);
    errno = 4711;
    free(w->blocks[i].user);
    if (errno != 4711)
        atomic_fetch_add(&work_found->wrong_errno, 1);
    w->blocks[i] = w->blocks[--w->count];
}

static inline void work_resize(struct work_block *b, size_t n)
{
    errno = 0;
    char *user = realloc(b->user, n);
    if (!work_was_served(user)) {
        work_look(b, SIZE_MAX);
        return;
    }
    /* The pattern ends where the block did, byte by byte: compare whole words only. */
    struct work_block before = {user, b->n, b->key};
    work_look(&before, min_size(b->n, n) & ~(size_t)7);
    *b = (struct work_block){user, n, b->key + 1};
    work_fill(b);
}

/* Put every step-th block from `from` on. */
static inline void work_put_some(struct work *w, size_t from, size_t step)
{
    for (size_t i = from; i < w->count; i += step)
        work_put(w, i);
}

static inline void work_put_all(struct work *w)
{
    while (w->count > 0)
        work_put(w, w->count - 1);
}

static inline void work_on_slots(struct work *w)
{
    static const size_t sizes[] = {8, 48, 112, 496, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t bytes = 0; bytes < 80 * KIB; bytes += sizes[i] + 56)
            work_take(w, sizes[i]);
    work_put_some(w, 0, 3);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        work_take_zeroed(w, sizes[i]);
}

static inline void work_on_chunks(struct work *w)
{
    size_t before = w->count;
    for (size_t n = 1100; n < 16 * KIB; n += 700)
        work_take(w, n);
    work_put_some(w, before, 2);
    for (size_t n = 2000; n < 60 * KIB; n += 9000)
        work_take_zeroed(w, n);
}

static inline void work_on_spans(struct work *w)
{
    enum { BLOCKS = 40, ROUNDS = 4 };
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t before = w->count;
        for (unsigned i = 0; i < BLOCKS; i++)
            work_take(w, 20 * KIB);
        while (w->count > before)
            work_put(w, w->count - 1);
    }
    for (size_t n = 17 * KIB; n < 128 * KIB; n += 10 * KIB)
        work_take_zeroed(w, n);
    work_put_some(w, w->count / 2, 5);
}

static inline void work_on_mapped(struct work *w)
{
    size_t before = w->count;
    for (size_t n = 150 * KIB; n < 20 * MIB; n *= 3)
        work_take(w, n);
    work_take_zeroed(w, 300 * KIB);
    for (size_t i = before; i < w->count; i += 2)
        work_resize(&w->blocks[i], w->blocks[i].n * 2);
    work_put_some(w, before, 2);
}

static inline void work_on_resizing(struct work *w)
{
    static const size_t sizes[] = {100,        1000,      10 * KIB, 100 * KIB, 300 * KIB,
                                   3 * MIB,    300 * KIB, 90 * KIB, 9 * KIB,   900,
                                   1000 * KIB, 40 * MIB,  70,       17 * KIB};
    work_take(w, 10);
    work_take(w, 5000);
    for (size_t i = 0; w->count >= 2 && i < sizeof sizes / sizeof *sizes; i++) {
        work_resize(&w->blocks[w->count - 1], sizes[i]);
        work_resize(&w->blocks[w->count - 2], sizes[i] / 2);
    }
}

static inline void work_on_alignments(struct work *w)
{
    for (size_t alignment = 32; alignment <= 4 * MIB; alignment *= 4) {
        work_take_aligned(w, alignment, 40);
        work_take_aligned(w, alignment, 3 * alignment);
    }
}

static inline void *work_in_all_ways(void *of)
{
    struct work *w = of;
    work_on_slots(w);
    work_on_chunks(w);
    work_on_spans(w);
    work_on_mapped(w);
    work_on_resizing(w);
    work_on_alignments(w);
    work_put_some(w, 1, 2);
    return NULL;
}

/* So many slots that a heap of runs grows by several places at once. */
static inline void work_on_many_slots(struct work *w)
{
    for (unsigned i = 0; i < 10000; i++)
        work_take(w, 600);
    work_put_some(w, 0, 4);
}

static _Atomic bool work_may_end;
static _Atomic unsigned work_sleepers;

/* A thread that sleeps with full caches when it is done. */
static inline void *work_and_wait(void *of)
{
    work_in_all_ways(of);
    atomic_fetch_add(&work_sleepers, 1);
    while (!atomic_load(&work_may_end))
        usleep(500);
    return NULL;
}

/* What is free goes back to the kernel: by the keeper's work, and by the program's wish. */
static inline void work_give_back(void)
{
    if (!go_round())
        atomic_fetch_add(&work_found->endless, 1);
    malloc_trim(0);
}

/* Threads that do the same beside us, and sleep while memory goes back; their blocks outlive them. */
static inline void work_with_threads(void)
{
    pthread_t ids[WORK_THREADS];
    bool born[WORK_THREADS];
    unsigned sleepers = 0;
    atomic_store(&work_may_end, false);
    atomic_store(&work_sleepers, 0);
    for (unsigned i = 0; i < WORK_THREADS; i++)
        sleepers += born[i] = pthread_create(&ids[i], NULL, work_and_wait, &works[1 + i]) == 0;
    work_in_all_ways(&works[0]);
    work_on_many_slots(&works[0]);
    while (atomic_load(&work_sleepers) < sleepers)
        usleep(500);
    work_give_back();
    atomic_store(&work_may_end, true);
    for (unsigned i = 0; i < WORK_THREADS; i++)
        if (born[i])
            pthread_join(ids[i], NULL);
}

static inline void work_look_at_all(void)
{
    for (unsigned i = 0; i < 1 + WORK_THREADS; i++)
        for (size_t b = 0; b < works[i].count; b++)
            work_look(&works[i].blocks[b], SIZE_MAX);
    atomic_fetch_add(&work_found->broken, (unsigned)ashlar_check());
}

static inline void work_begin(void)
{
    work_found =
        mmap(NULL, sizeof *work_found, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static inline void work_end(void)
{
    for (unsigned i = 0; i < 1 + WORK_THREADS; i++)
        work_put_all(&works[i]);
}

/* Bytes of this process that are in memory and are its own. */
static inline size_t work_resident(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    size_t whole = 0, resident = 0, shared = 0;
    if (file && fgets(text, sizeof text, file))
        sscanf(text, "%zu %zu %zu", &whole, &resident, &shared);
    if (file)
        fclose(file);
    return (resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
}

#endif
