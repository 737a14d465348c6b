/*
 * rlimit.c - when memory runs out, requests fail with ENOMEM, nothing is lost, and all goes on
 * once memory is free again; when only the break or only reservations are denied, memory comes
 * from elsewhere (M9, A: "falls back to the heap, and the other way round").
 *
 * @test both timeout=180
 */
#include "api.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* A list of all blocks taken, threaded through the blocks themselves. */
struct link {
    struct link *next;
};

static size_t address_space(void)
{
    char line[128] = "";
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm == NULL)
        return 0;
    if (fgets(line, sizeof line, statm) != NULL)
        sscanf(line, "%zu", &pages);
    fclose(statm);
    return pages * 4096;
}

/* This process may take only so much more address space. */
static bool limit_growth(size_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = address_space() + bytes;
    return setrlimit(RLIMIT_AS, &limit) == 0;
}

/* Takes blocks of n bytes until there are no more; returns how many bytes that were. */
static size_t take_all(struct link **list, size_t n)
{
    size_t taken = 0;
    errno = 0;
    for (struct link *block; (block = malloc(n)) != NULL; taken += n) {
        memset(block, 0x42, n < 64 ? n : 64);
        block->next = *list;
        *list = block;
    }
    return errno == ENOMEM ? taken : 0;
}

static void free_all(struct link **list)
{
    while (*list != NULL) {
        struct link *next = (*list)->next;
        free(*list);
        *list = next;
    }
}

/* Most of the 48 MiB can be had, and had again after they were freed. */
static bool memory_runs_out_and_returns(size_t n)
{
    struct link *list = NULL;
    size_t least = 24 * MIB;
    for (int round = 0; round < 3; round++) {
        size_t taken = take_all(&list, n);
        free_all(&list);
        if (taken < least) {
            note("blocks of %zu, round %d: only %zu bytes", n, round, taken);
            return false;
        }
    }
    return heap_is_sound();
}

static bool small_blocks_run_out(void)
{
    return limit_growth(48 * MIB) && memory_runs_out_and_returns(100);
}

static bool middle_blocks_run_out(void)
{
    return limit_growth(48 * MIB) && memory_runs_out_and_returns(5000);
}

static bool mapped_blocks_run_out(void)
{
    return limit_growth(48 * MIB) && memory_runs_out_and_returns(500000);
}

/* What one size gave back serves another. */
static bool sizes_take_turns(void)
{
    return limit_growth(48 * MIB) && memory_runs_out_and_returns(400) &&
           memory_runs_out_and_returns(1 << 20) && memory_runs_out_and_returns(40);
}

static bool each_door_says_enomem(void)
{
    struct link *list = NULL;
    void *kept = malloc(1000), *aligned = &aligned;
    pattern_fill(kept, 1000, 5);
    if (!limit_growth(16 * MIB) || take_all(&list, MIB) == 0)
        return false;
    size_t n = opaque(64 * MIB);
    bool holds = (errno = 0, malloc(n) == NULL) && errno == ENOMEM;
    holds &= (errno = 0, calloc(1, n) == NULL) && errno == ENOMEM;
    holds &= (errno = 0, realloc(kept, n) == NULL) && errno == ENOMEM;
    holds &= (errno = 0, memalign(4096, n) == NULL) && errno == ENOMEM;
    holds &= (errno = 0, aligned_alloc(4096, n) == NULL) && errno == ENOMEM;
    holds &= (errno = 0, valloc(n) == NULL) && errno == ENOMEM;
    holds &= (errno = 0, pvalloc(n) == NULL) && errno == ENOMEM;
    holds &= posix_memalign(&aligned, 4096, n) == ENOMEM && aligned == &aligned;
    free_all(&list);
    return holds && malloc(MIB) != NULL;
}

static bool failed_realloc_keeps_the_block(void)
{
    void *volatile mapped = malloc(4 * MIB);
    if (mapped == NULL || !limit_growth(8 * MIB))
        return false;
    pattern_fill(mapped, 4 * MIB, 8);
    void *moved = realloc(mapped, opaque(256 * MIB));
    bool holds = moved == NULL && pattern_holds(mapped, 4 * MIB, 4 * MIB, 8);
    free(mapped);
    return holds;
}

static void *use_heap_in_thread(void *result)
{
    for (size_t n = 1; n < 400000; n = n * 2 + 1) {
        void *block = malloc(n);
        if (block == NULL)
            return NULL;
        memset(block, 1, n);
        free(block);
    }
    return result;
}

/* No room for a heap of 64 MiB aligned to itself: the thread lives on another arena. */
static bool threads_live_without_a_heap_of_their_own(void)
{
    pthread_attr_t small;
    pthread_t threads[4];
    bool holds = limit_growth(12 * MIB);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * KIB);
    for (size_t i = 0; i < 4; i++)
        if (pthread_create(&threads[i], &small, use_heap_in_thread, (void *)(i + 1)) != 0)
            return false;
    for (size_t i = 0; i < 4; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        holds &= result != NULL;
    }
    return holds && heap_is_sound();
}

/* A soft RLIMIT_DATA of 0 under an unlimited hard one stops brk(2) and, of mappings, none. */
static bool the_break_may_be_denied(void)
{
    struct link *list = NULL;
    struct rlimit limit;
    getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = 0;
    if (setrlimit(RLIMIT_DATA, &limit) != 0 || sbrk(MIB) != (void *)-1)
        return false;
    void *place = sbrk(0);
    bool holds = true;
    for (size_t i = 0; i < 20000 && holds; i++) {
        struct link *block = malloc(1000);
        holds = block != NULL;
        if (!holds)
            break;
        memset(block, 0x11, 1000);
        block->next = list;
        list = block;
    }
    free_all(&list);
    return holds && sbrk(0) <= place && heap_is_sound();
}

/* A page right above the break: it cannot move from here on. */
static bool the_break_may_be_blocked(void)
{
    free(malloc(100));
    char *end = sbrk(0);
    char *wall =
        mmap(end + 4096, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    struct link *list = NULL;
    bool holds = wall == end + 4096;
    for (size_t i = 0; i < 30000 && holds; i++) {
        struct link *block = malloc(i % 2000 + 8);
        holds = block != NULL;
        if (!holds)
            break;
        memset(block, 0x22, i % 2000 + 8);
        block->next = list;
        list = block;
    }
    free_all(&list);
    return holds && heap_is_sound();
}

#define child_ok(work, ...) ok(holds_in_child(work, 20), __VA_ARGS__)

int main(void)
{
    child_ok(small_blocks_run_out, "small_blocks_run_out_and_return (A)");
    child_ok(middle_blocks_run_out, "middle_blocks_run_out_and_return (A)");
    child_ok(mapped_blocks_run_out, "mapped_blocks_run_out_and_return (A P1)");
    child_ok(sizes_take_turns, "what_one_size_gave_back_serves_another (C9)");
    child_ok(each_door_says_enomem, "each_door_says_ENOMEM (A)");
    child_ok(failed_realloc_keeps_the_block, "a_failed_realloc_keeps_the_block (P6)");
    child_ok(threads_live_without_a_heap_of_their_own, "threads_live_without_their_heap (A R1)");
    child_ok(the_break_may_be_denied, "the_break_may_be_denied (M9)");
    child_ok(the_break_may_be_blocked, "the_break_may_be_blocked (M9)");
    return done();
}
