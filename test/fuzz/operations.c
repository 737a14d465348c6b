/*
 * operations.c - a sequence of calls, by one thread or in turn by three with arenas of their own,
 * against a model that knows which bytes are whose and what is in them: no two blocks overlap,
 * nothing is written over, alignments and usable sizes are as promised, realloc keeps what was
 * there, calloc gives zeros, and every law holds.
 *
 * The first byte of an input: bit 0, several threads.  Then four bytes for each call: what and by
 * whom, which block, and a size.
 *
 * @test both
 */
#include "fuzz.h"

#include "../unit/round.h"
#include "ashlar.h"
#include "decay.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>

/* The keeper's rounds are gone here, by whoever is at work. */
const char *ashlar_options = "background=0";

enum { BLOCKS = 256, THREADS = 3, BATCH = 16 };
#define LIVE_AT_MOST (8 * MIB)
#define FILLED_AT_MOST 512

static struct block {
    uint8_t *user;
    size_t n;
    uint8_t key;
} blocks[BLOCKS];

static size_t live;

struct operation {
    unsigned what, thread;
    struct block *block;
    size_t n;
};

static void expect(bool holds, const char *law)
{
    if (holds)
        return;
    tap_print("# broken: %s\n", law);
    abort();
}

/* Both ends of a large block tell enough. */
static size_t filled(size_t n)
{
    return n < FILLED_AT_MOST ? n : FILLED_AT_MOST;
}

static bool is_intact(const struct block *b, size_t n)
{
    for (size_t i = 0; i < filled(b->n) && i < n; i++)
        if (b->user[i] != (uint8_t)(b->key + i))
            return false;
    return n < b->n || b->n == 0 || b->n <= FILLED_AT_MOST || b->user[b->n - 1] == b->key;
}

static void fill(struct block *b)
{
    for (size_t i = 0; i < filled(b->n); i++)
        b->user[i] = (uint8_t)(b->key + i);
    if (b->n > FILLED_AT_MOST)
        b->user[b->n - 1] = b->key;
}

static void expect_alone(const struct block *b)
{
    for (const struct block *other = blocks; other < blocks + BLOCKS; other++)
        if (other != b && other->user)
            expect(other->user + other->n <= b->user || b->user + b->n <= other->user,
                   "no two blocks overlap");
}

static void take_note(struct block *b, void *user, size_t n)
{
    static uint8_t key;
    if (!user) {
        expect(errno == ENOMEM, "what is refused is refused with ENOMEM");
        return;
    }
    *b = (struct block){user, n, key++};
    live += n;
    expect(is_aligned(user, n <= 8 ? 8 : 16), "blocks are aligned");
    expect(malloc_usable_size(user) >= n, "what was asked for may be used");
    expect_alone(b);
    fill(b);
}

static void put(struct block *b)
{
    expect(is_intact(b, SIZE_MAX), "nothing is written over");
    live -= b->n;
    errno = 4711;
    free(b->user);
    expect(errno == 4711, "free leaves errno alone");
    b->user = NULL;
}

static void take(struct block *b, size_t n)
{
    if (b->user)
        put(b);
    take_note(b, malloc(n), n);
}

static void take_zeroed(struct block *b, size_t n)
{
    if (b->user)
        put(b);
    uint8_t *user = calloc(n / 8 + 1, 8);
    bool zero = !user || n == 0 || (user[0] == 0 && memcmp(user, user + 1, n - 1) == 0);
    expect(zero, "calloc gives zeros");
    take_note(b, user, n);
}

static void take_aligned(struct block *b, size_t n)
{
    size_t alignment = (size_t)1 << n % 17;
    if (b->user)
        put(b);
    void *user = memalign(alignment, n);
    expect(is_aligned(user, alignment), "memalign aligns");
    take_note(b, user, n);
}

static void resize(struct block *b, size_t n)
{
    struct block before = *b;
    if (!b->user || n == 0)
        return;
    uint8_t *user = realloc(b->user, n);
    if (!user)
        return;
    before.user = user;
    expect(is_intact(&before, n), "realloc keeps what was there");
    live -= b->n;
    b->user = NULL;
    take_note(b, user, n);
}

/* All that may be used is used. */
static void use_all(struct block *b)
{
    if (!b->user)
        return;
    live -= b->n;
    b->n = malloc_usable_size(b->user);
    live += b->n;
    expect_alone(b);
    fill(b);
}

static void operate(const struct operation *o)
{
    struct block *b = o->block;
    size_t n = live + o->n > LIVE_AT_MOST ? o->n % 4096 : o->n;
    switch (o->what) {
    case 0: take(b, n); break;
    case 1:
    case 2: b->user ? put(b) : take(b, n); break;
    case 3: resize(b, n); break;
    case 4: take_zeroed(b, n); break;
    case 5: take_aligned(b, n); break;
    case 6: use_all(b); break;
    case 7: malloc_trim(n % 65536); break;
    case 8: expect(ashlar_check() == 0, "every law holds"); break;
    case 9:
        for (size_t i = 0; i < BATCH && live + n < LIVE_AT_MOST; i++)
            take(&blocks[((size_t)(b - blocks) + i) % BLOCKS], n);
        break;
    case 10:
        for (size_t i = 0; i < BATCH; i++)
            if ((b = &blocks[((size_t)(o->block - blocks) + i * 3) % BLOCKS])->user)
                put(b);
        break;
    default: expect(go_round(), "what goes back is done some time"); break;
    }
}

/* The same words by another thread; only one is at work at a time. */
static struct {
    pthread_t id;
    sem_t go, done;
    const struct operation *operation;
} workers[THREADS];

/* A fuzzer has a timer, whose signal would end the wait. */
static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        continue;
}

static void *serve(void *of)
{
    size_t number = (size_t)of;
    for (;;) {
        wait_for(&workers[number].go);
        operate(workers[number].operation);
        sem_post(&workers[number].done);
    }
    return NULL;
}

static void operate_by(const struct operation *o)
{
    if (!workers[o->thread].id) {
        sem_init(&workers[o->thread].go, 0, 0);
        sem_init(&workers[o->thread].done, 0, 0);
        pthread_create(&workers[o->thread].id, NULL, serve, (void *)(size_t)o->thread);
    }
    workers[o->thread].operation = o;
    sem_post(&workers[o->thread].go);
    wait_for(&workers[o->thread].done);
}

/* Mostly small; the upper bits choose the unit. */
static size_t size_of(unsigned low, unsigned high)
{
    static const unsigned shifts[8] = {0, 0, 0, 1, 2, 4, 5, 7};
    size_t n = low | (high & 31) << 8;
    return high >> 5 < 2 ? n % 1100 : n << shifts[high >> 5];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    enum { KINDS = 12 };
    decay_set(DECAY_NEVER, 0);
    bool threads = size > 0 && (bytes[0] & 1);
    for (size_t at = 1; at + 4 <= size; at += 4) {
        struct operation o = {.what = bytes[at] % KINDS,
                              .thread = bytes[at] / KINDS % (THREADS + 1),
                              .block = &blocks[bytes[at + 1]],
                              .n = size_of(bytes[at + 2], bytes[at + 3])};
        if (threads && o.thread < THREADS)
            operate_by(&o);
        else
            operate(&o);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].user)
            put(&blocks[i]);
    expect(live == 0, "the model counts right");
    expect(ashlar_check() == 0, "every law holds");
    return 0;
}
