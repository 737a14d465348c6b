/*
 * A user's C program: threads that take blocks and free each other's, every content checked.  It
 * knows ashlar by weak names only, so the same source is linked with it, statically or not, and
 * run with it preloaded; served by anybody else it fails.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char *ashlar_version(void) __attribute__((weak));
extern int ashlar_check(void) __attribute__((weak));

enum { THREADS = 4, BLOCKS = 500, ROUNDS = 20 };

static struct block {
    unsigned char *start;
    size_t size;
} blocks[THREADS][BLOCKS];
static pthread_barrier_t barrier;
static int wrong[THREADS];

static size_t size_of(size_t thread, size_t i, size_t round)
{
    size_t mixed = (thread * 7919 + i * 104729 + round * 1299709) % 6151;
    return i % 50 == 0 ? mixed * 64 : mixed;
}

static void take(size_t me, size_t round)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        struct block *b = &blocks[me][i];
        b->size = size_of(me, i, round);
        b->start = i % 3 == 0 ? calloc(1, b->size + 1) : malloc(b->size + 1);
        if (!b->start || (i % 3 == 0 && (b->start[0] | b->start[b->size]) != 0)) {
            wrong[me]++;
            continue;
        }
        if (i % 7 == 0)
            b->start = realloc(b->start, 2 * b->size + 1);
        wrong[me] += !b->start || (uintptr_t)b->start % sizeof(void *) != 0;
        memset(b->start, (int)(me + i) & 0xff, b->size + 1);
    }
}

/* The blocks of the next thread. */
static void put(size_t me)
{
    size_t other = (me + 1) % THREADS;
    for (size_t i = 0; i < BLOCKS; i++) {
        struct block *b = &blocks[other][i];
        unsigned char is = (unsigned char)(other + i);
        wrong[me] += !b->start || b->start[0] != is || b->start[b->size] != is;
        free(b->start);
    }
}

static void *work(void *number)
{
    size_t me = *(size_t *)number;
    for (size_t round = 0; round < ROUNDS; round++) {
        take(me, round);
        pthread_barrier_wait(&barrier);
        put(me);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static int aligned_wrong(void)
{
    int count = 0;
    for (size_t alignment = sizeof(void *); alignment <= 65536; alignment *= 2) {
        void *block = NULL;
        count += posix_memalign(&block, alignment, 100) != 0 || (uintptr_t)block % alignment != 0;
        free(block);
    }
    return count;
}

int main(void)
{
    pthread_t threads[THREADS];
    size_t number[THREADS];
    int sum = aligned_wrong();
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        number[i] = i;
        sum += pthread_create(&threads[i], NULL, work, &number[i]) != 0;
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += wrong[i];
    }
    if (!ashlar_version || !ashlar_check) {
        printf("not served by ashlar\n");
        return 2;
    }
    printf("page %ld, wrong %d, broken laws %d\n", sysconf(_SC_PAGESIZE), sum, ashlar_check());
    return sum != 0 || ashlar_check() != 0;
}
