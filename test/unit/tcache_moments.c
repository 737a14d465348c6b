/*
 * fork copies the process between any two instructions of another thread, and the child empties the
 * caches it finds.  So one process uses a cache instruction by instruction, and another looks at it
 * after each: what would be taken out must be blocks that were put, and none of them twice.  K4.
 */
#include "unit.h"

#include "tcache.h"

#include <sys/mman.h>
#include <sys/ptrace.h>

enum {
    CHUNKS = 5,
    MAGAZINES_OF_TWO = CACHE_LISTS - 1,
    BLOCKS = 400,
    INSTRUCTIONS_AT_MOST = 300000
};

static struct whole_cache *whole;
static unsigned const lists[] = {CHUNKS, MAGAZINES_OF_TWO};

/* No block is looked into: these are numbers only. */
static void *block(unsigned number)
{
    return (void *)(uintptr_t)((number + 1) * 64);
}

static void put(struct cache *cache, unsigned list, void *user)
{
    void *over[CACHE_MAGAZINE];
    if (!cache_put(cache, list * sizeof(struct magazine), user))
        cache_put_over(cache, list, user, over);
}

static void *take(struct cache *cache, unsigned list)
{
    void *user = cache_take(cache, list * sizeof(struct magazine));
    return user ? user : cache_take_spare(cache, list);
}

/* The watched process: all that is ever done to a list.  Each block is new. */
static void use(struct cache *cache, unsigned list)
{
    void *blocks[2 * CACHE_MAGAZINE];
    unsigned next = 0, capacity = cache_capacity_for(list);
    for (unsigned i = 0; i < 3 * capacity + 2; i++)
        put(cache, list, block(next++));
    while (take(cache, list))
        ;
    for (unsigned i = 0; i < capacity; i++)
        blocks[i] = block(next++);
    cache_fill(cache, list, blocks, capacity);
    put(cache, list, block(next++));
    cache_empty(cache, list, blocks);
}

static void close_and_open(struct cache *cache, unsigned list)
{
    void *blocks[2 * CACHE_MAGAZINE];
    put(cache, list, block(BLOCKS - 2));
    cache_empty(cache, list, blocks);
    cache_use_runs(cache, cache_size(list) - WORD);
    cache_use_chunks(cache, cache_size(list) - WORD);
    put(cache, list, block(BLOCKS - 1));
}

static void be_watched(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    use(&whole->cache, MAGAZINES_OF_TWO);
    use(&whole->cache, CHUNKS);
    close_and_open(&whole->cache, CHUNKS);
    _exit(0);
}

/* Whether a top lies in one of the magazines that a list's storage has, or there are none. */
static bool can_be_counted(const struct cache *cache, unsigned list)
{
    void **first = cache->storage[list], **top = cache->at[list].top;
    if (!first || cache_is_closed(cache, list) || top == &cache_nothing[CACHE_END])
        return true;
    unsigned capacity = cache_capacity_for(list);
    void **second = first + capacity + 1;
    return (top > first && top <= first + 1 + capacity) ||
           (top > second && top <= second + 1 + capacity);
}

/* Do to a copy of the cache what the child of a fork would do. */
static const char *look(unsigned list)
{
    static bool met[BLOCKS];
    void *blocks[2 * CACHE_MAGAZINE];
    struct cache copy = whole->cache;
    memset(met, 0, sizeof met);
    if (!can_be_counted(&copy, list))
        return "a top that is in no magazine";
    unsigned count = cache_empty(&copy, list, blocks);
    for (unsigned i = 0; i < count; i++) {
        uintptr_t number = (uintptr_t)blocks[i] / 64 - 1;
        if ((uintptr_t)blocks[i] % 64 != 0 || number >= BLOCKS)
            return "a block that never was";
        if (met[number])
            return "a block that is there twice";
        met[number] = true;
    }
    return NULL;
}

/* Let the other process do one instruction; false at its end. */
static bool step(pid_t child)
{
    int status;
    return ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 &&
           waitpid(child, &status, 0) == child && WIFSTOPPED(status);
}

static void every_moment_is_before_or_after(pid_t child)
{
    unsigned instructions = 0, bad = 0;
    const char *first = NULL, *wrong;
    while (instructions < INSTRUCTIONS_AT_MOST && step(child)) {
        instructions++;
        for (unsigned i = 0; i < 2; i++)
            if ((wrong = look(lists[i]))) {
                first = first ? first : wrong;
                bad++;
            }
    }
    ok(instructions > 5000, "a_cache_was_used (%u instructions)", instructions);
    ok(bad == 0, "at_every_moment_it_could_be_copied_and_emptied (K4 R13: %u moments: %s)", bad,
       first ? first : "none");
}

int main(void)
{
    int status;
    alarm(50);
    free(malloc(1));
    whole = mmap(NULL, sizeof *whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cache_begin(whole);
    pid_t child = fork();
    if (child == 0)
        be_watched();
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
        skip("no process can be traced here");
        return done();
    }
    every_moment_is_before_or_after(child);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return done();
}
