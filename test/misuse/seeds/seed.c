/*
 * One heap bug, seeded among honest work: seed BUG SIZE few|many main|thread.
 *
 * Blocks of SIZE are taken around the victim (few of them, or so many that the size is busy), the
 * bug is committed, and then the program goes on as if nothing were: it takes, fills, checks and
 * frees.  How it ends tells what the allocator did about the bug:
 *
 *   a signal   it was noticed (SIGABRT, with a line), or the program ran into it (SIGSEGV)
 *   0          nobody noticed, and nothing came of it
 *   3          harm: a block was handed out twice, overlapping another one, or outside the heap
 *   4          the bug cannot be committed with this size
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    AROUND = 7,
    BUSY = 3000,
    AFTER = 120,
    FLUSHED = 200,
    ROUNDS = 12,
    HARMED = 3,
    IMPOSSIBLE = 4
};

static size_t size;
static char *around[AROUND]; /* the victim is the one in the middle */
static char *busy[BUSY];
static size_t busy_count;
static char *victim;
static _Alignas(64) char bss[4096];
static char *mapped;

struct block {
    char *at;
    unsigned char fill;
};

static struct block after[AFTER];
static char *live[AROUND + BUSY];
static size_t live_count;

static void harm(const char *what, const void *where)
{
    fprintf(stderr, "harm: %s at %p\n", what, where);
    _Exit(HARMED);
}

static int overlap(const char *a, const char *b)
{
    return a < b + size && b < a + size;
}

/* Memory that no honest allocator gives out: the program's own. */
static int is_foreign(const char *p)
{
    char here;
    int of_stack = p + size > &here - 65536 && p < &here + 65536;
    int of_bss = p + size > bss && p < bss + sizeof bss;
    return of_stack || of_bss || (mapped && p + size > mapped && p < mapped + 65536);
}

static void check_new(const char *p, size_t taken)
{
    if (is_foreign(p))
        harm("outside the heap", p);
    for (size_t i = 0; i < taken; i++)
        if (after[i].at && overlap(p, after[i].at))
            harm("handed out twice", p);
    for (size_t i = 0; i < live_count; i++)
        if (live[i] && overlap(p, live[i]))
            harm("of a block in use", p);
}

static void take_after(size_t i)
{
    char *p = malloc(size);
    if (!p)
        return;
    check_new(p, i);
    after[i].at = p;
    after[i].fill = (unsigned char)(i + 1);
    memset(p, after[i].fill, size);
}

static void put_after(size_t i)
{
    for (size_t at = 0; after[i].at && at<size; at += size> 64 ? 37 : 1)
        if ((unsigned char)after[i].at[at] != after[i].fill)
            harm("contents changed", after[i].at);
    free(after[i].at);
    after[i].at = NULL;
}

/* Honest work: what was left behind comes to light, or not. */
static void go_on(void)
{
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < AFTER; i++)
            take_after(i);
        for (size_t i = 0; i < AFTER; i++)
            put_after(i * 7 % AFTER);
        free(malloc(3 * size + 1000));
    }
    for (size_t i = 0; i < live_count; i++)
        free(live[i]);
    live_count = 0;
    malloc_trim(0);
    for (size_t i = 0; i < AFTER; i++)
        take_after(i);
}

/* The program frees the victim: it is no longer among what is in use. */
static void let_go(char *p)
{
    for (size_t i = 0; i < live_count; i++)
        if (live[i] == p)
            live[i] = NULL;
    free(p);
}

static void *free_elsewhere(void *p)
{
    free(p);
    return NULL;
}

static void in_another_thread(void *p)
{
    pthread_t thread;
    pthread_create(&thread, NULL, free_elsewhere, p);
    pthread_join(thread, NULL);
}

static void at_once(void)
{
    let_go(victim);
    free(victim);
}

static void a_b_a(void)
{
    let_go(victim);
    let_go(around[1]);
    free(victim);
}

static void free_many(void)
{
    static char *more[FLUSHED];
    for (size_t i = 0; i < FLUSHED; i++)
        more[i] = malloc(size);
    let_go(victim);
    for (size_t i = 0; i < FLUSHED; i++)
        free(more[i]);
}

static void after_a_flush(void)
{
    free_many();
    free(victim);
}

static void after_a_flush_overwritten(void)
{
    free_many();
    memset(victim, 0x5a, size);
    free(victim);
}

static void by_another_thread(void)
{
    let_go(victim);
    in_another_thread(victim);
}

static void of_another_thread(void)
{
    for (size_t i = 0; i < live_count; i++)
        if (live[i] == victim)
            live[i] = NULL;
    in_another_thread(victim);
    free(victim);
}

static void after_joining(void)
{
    for (size_t i = 0; i < AROUND; i++)
        let_go(around[i]);
    free(victim);
}

static void after_joining_trimmed(void)
{
    for (size_t i = 0; i < AROUND; i++)
        let_go(around[i]);
    malloc_trim(0);
    free(victim);
}

static void overwritten(void)
{
    let_go(victim);
    memset(victim, 0x41, size);
    free(victim);
}

static void zeroed(void)
{
    let_go(victim);
    memset(victim, 0, size);
    free(victim);
}

/* A header as one of a small chunk in use would be, and one that follows it. */
static char *fake_chunk(char *at, size_t chunk)
{
    ((size_t *)(void *)at)[0] = 0;
    ((size_t *)(void *)at)[1] = chunk | 1;
    ((size_t *)(void *)(at + chunk))[1] = 0x21;
    return at + 16;
}

static void interior(void)
{
    if (size < 48)
        exit(IMPOSSIBLE);
    free(victim + 16);
}

static void interior_forged(void)
{
    if (size < 160)
        exit(IMPOSSIBLE);
    free(fake_chunk(victim + 32, 64));
}

static void interior_middle(void)
{
    if (size < 48)
        exit(IMPOSSIBLE);
    free(victim + (size / 2 & ~(size_t)15));
}

static void misaligned(void)
{
    free(victim + 4);
}

static void of_stack(void)
{
    _Alignas(16) char stack[2048] = {0};
    free(fake_chunk(stack, 64));
}

static void of_bss(void)
{
    free(fake_chunk(bss, (size + 8 + 15) % 1024 / 16 * 16 + 32));
}

static void of_mapped(void)
{
    mapped = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    free(fake_chunk(mapped + 4096, 64));
}

static void of_mapped_flagged(void)
{
    mapped = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ((size_t *)(void *)mapped)[1] = 65536 | 2;
    free(mapped + 16);
}

static void never_given(void)
{
    free(victim + (1 << 20) + 4096 * 16 + 48);
}

static void of_nowhere(void)
{
    free((void *)(uintptr_t)0x4141414141414140);
}

static void overflow(size_t bytes, int value)
{
    memset(victim + malloc_usable_size(victim), value, bytes);
}

static void overflow_1(void)
{
    overflow(1, 0x41);
}

static void overflow_null(void)
{
    overflow(1, 0);
}

static void overflow_8(void)
{
    overflow(8, 0x41);
}

static void overflow_16(void)
{
    overflow(16, 0x41);
}

static void underflow_1(void)
{
    victim[-1] = 0x41;
}

static void underflow_8(void)
{
    memset(victim - 8, 0x41, 8);
}

static size_t *header(void)
{
    return (size_t *)(void *)victim - 1;
}

static void size_larger(void)
{
    *header() += 0x100;
    let_go(victim);
}

static void size_of_two(void)
{
    *header() += *header() & ~(size_t)15;
    let_go(victim);
}

static void size_smaller(void)
{
    *header() -= 0x10;
    let_go(victim);
}

static void flag_mapped(void)
{
    *header() |= 2;
    let_go(victim);
}

static void flag_not_main(void)
{
    *header() ^= 4;
    let_go(victim);
}

static void below_is_free(void)
{
    header()[-1] = 0x40;
    *header() &= ~(size_t)1;
    let_go(victim);
}

static void written_first_8(void)
{
    let_go(victim);
    memset(victim, 0x41, 8);
}

static void written_zero_8(void)
{
    let_go(victim);
    memset(victim, 0, 8);
}

static void written_first_16(void)
{
    let_go(victim);
    memset(victim, 0x41, size < 16 ? size : 16);
}

static void written_whole(void)
{
    let_go(victim);
    memset(victim, 0x41, size);
}

static void written_whole_at_home(void)
{
    free_many();
    memset(victim, 0x41, size);
}

static void forge(void *link)
{
    let_go(around[1]);
    let_go(around[5]);
    let_go(victim);
    *(void **)(void *)victim = link;
}

static void link_to_bss(void)
{
    forge(fake_chunk(bss + 64, (size + 8 + 15) / 16 * 16 % 2048));
}

static void link_to_live(void)
{
    forge(around[2]);
}

static void link_to_header_of_live(void)
{
    forge(around[2] - 16);
}

static void links_to_bss(void)
{
    if (size < 16)
        exit(IMPOSSIBLE);
    forge(bss + 64);
    ((void **)(void *)victim)[1] = bss + 128;
}

static const struct bug {
    const char *name, *class;
    void (*commit)(void);
} bugs[] = {
    {"at_once", "double free", at_once},
    {"a_b_a", "double free", a_b_a},
    {"after_a_flush", "double free", after_a_flush},
    {"after_a_flush_overwritten", "double free", after_a_flush_overwritten},
    {"by_another_thread", "double free", by_another_thread},
    {"of_another_thread", "double free", of_another_thread},
    {"after_joining", "double free", after_joining},
    {"after_joining_trimmed", "double free", after_joining_trimmed},
    {"overwritten", "double free", overwritten},
    {"zeroed", "double free", zeroed},
    {"interior", "invalid free", interior},
    {"interior_forged", "invalid free", interior_forged},
    {"interior_middle", "invalid free", interior_middle},
    {"misaligned", "invalid free", misaligned},
    {"of_stack", "invalid free", of_stack},
    {"of_bss", "invalid free", of_bss},
    {"of_mapped", "invalid free", of_mapped},
    {"of_mapped_flagged", "invalid free", of_mapped_flagged},
    {"never_given", "invalid free", never_given},
    {"of_nowhere", "invalid free", of_nowhere},
    {"overflow_1", "overflow", overflow_1},
    {"overflow_null", "overflow", overflow_null},
    {"overflow_8", "overflow", overflow_8},
    {"overflow_16", "overflow", overflow_16},
    {"underflow_1", "underflow", underflow_1},
    {"underflow_8", "underflow", underflow_8},
    {"size_larger", "header forging", size_larger},
    {"size_of_two", "header forging", size_of_two},
    {"size_smaller", "header forging", size_smaller},
    {"flag_mapped", "header forging", flag_mapped},
    {"flag_not_main", "header forging", flag_not_main},
    {"below_is_free", "header forging", below_is_free},
    {"written_first_8", "write after free", written_first_8},
    {"written_zero_8", "write after free", written_zero_8},
    {"written_first_16", "write after free", written_first_16},
    {"written_whole", "write after free", written_whole},
    {"written_whole_at_home", "write after free", written_whole_at_home},
    {"link_to_bss", "link forging", link_to_bss},
    {"link_to_live", "link forging", link_to_live},
    {"link_to_header_of_live", "link forging", link_to_header_of_live},
    {"links_to_bss", "link forging", links_to_bss},
};

static const struct bug *chosen;

/* As many blocks as make an allocator think that the size is busy. */
static void be_busy(size_t blocks)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (busy_count = 0; busy_count < blocks; busy_count++)
            busy[busy_count] = malloc(size);
        for (size_t i = 0; i < busy_count && round < ROUNDS - 1; i++)
            free(busy[i]);
    }
}

static void *live_through_it(void *many)
{
    size_t blocks = (4 << 20) / (size + 16) + 2;
    if (many)
        be_busy(blocks < BUSY ? blocks : BUSY);
    for (size_t i = 0; i < AROUND; i++) {
        around[i] = malloc(size);
        memset(around[i], 0x11, size);
    }
    victim = around[AROUND / 2];
    memcpy(live, around, sizeof around);
    memcpy(live + AROUND, busy, busy_count * sizeof *busy);
    live_count = AROUND + busy_count;
    chosen->commit();
    go_on();
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        for (size_t i = 0; i < sizeof bugs / sizeof *bugs; i++)
            printf("%s|%s\n", bugs[i].name, bugs[i].class);
        return 0;
    }
    for (size_t i = 0; i < sizeof bugs / sizeof *bugs; i++)
        if (strcmp(bugs[i].name, argv[1]) == 0)
            chosen = &bugs[i];
    size = strtoul(argv[2], NULL, 0);
    void *many = strcmp(argv[3], "many") == 0 ? argv : NULL;
    if (!chosen)
        return 1;
    if (strcmp(argv[4], "thread") != 0) {
        live_through_it(many);
        return 0;
    }
    pthread_t thread;
    pthread_create(&thread, NULL, live_through_it, many);
    pthread_join(thread, NULL);
    return 0;
}
