/*
 * comes_back_numbers.c - D8: what mallinfo2, malloc_info and ashlar_stats say is what the kernel
 * counts.
 *
 * Each scene looks before its first allocation; what the process has more of it afterwards, in
 * writable private memory without a file, is the allocator's: held is what it maps, resident what
 * the kernel gave it.  The numbers are compared full, after most was freed, and after a trim.
 *
 * @test timeout=60
 */
#include "chain.h"

#include <stdio.h>

enum {
    MANY = 40,
    OWN_KIB = 256 /* what reading malloc_info takes itself */,
    METADATA_KIB = 2048,
    METADATA_SHARE = 50 /* of what is held: two percent */
};

struct kernel {
    size_t held, resident;
};

static struct kernel base;
static size_t live; /* bytes that the program asked for and did not give back */

static bool is_ours(const struct region *r)
{
    return region_readable_writable(r) && strchr(r->name, '/') == NULL &&
           strcmp(r->name, "[stack]") != 0;
}

static struct kernel kernel_now(void)
{
    struct kernel now = {0, 0};
    look_at_maps();
    for (size_t i = 0; i < regions_count; i++)
        now.held += is_ours(&regions[i]) ? region_size(&regions[i]) : 0;
    now.resident = (size_t)number_in("/proc/self/smaps_rollup", "Anonymous:") * KIB;
    return now;
}

static size_t slack(size_t held)
{
    return METADATA_KIB * KIB + held / METADATA_SHARE;
}

static void expect_near(size_t one, size_t other, size_t by, const char *what)
{
    expect(one <= other + by && other <= one + by, "%s: %zu KiB and %zu KiB", what, one / KIB,
           other / KIB);
}

/* The number in the last element of malloc_info that begins so. */
static size_t told(const char *element)
{
    char *text = NULL, *last = NULL;
    size_t length, value = 0;
    FILE *file = open_memstream(&text, &length);
    have(file, "open_memstream");
    malloc_info(0, file);
    fclose(file);
    for (char *at = text; (at = strstr(at, element)) != NULL; at++)
        last = at;
    char *size = last ? strstr(last, "size=\"") : NULL;
    if (expect(size != NULL, "malloc_info has %s", element))
        value = strtoul(size + strlen("size=\""), NULL, 10);
    free(text);
    return value;
}

extern int ashlar_stats(char *text, size_t size) __attribute__((weak));

/* The first number of this name after the object of that name. */
static size_t told_in_json(const char *object, const char *name)
{
    static char text[1 << 16];
    ashlar_stats(text, sizeof text);
    const char *at = strstr(text, object);
    at = at ? strstr(at, name) : NULL;
    return expect(at != NULL, "ashlar_stats has %s %s", object, name)
               ? strtoul(at + strlen(name), NULL, 10)
               : 0;
}

/* What is in memory; mappings are the program's, which has filled them. */
static void compare_json(const char *stage, size_t resident, size_t held)
{
    size_t mapped = told_in_json("\"mapped\":{", "\"bytes\":");
    size_t total = told_in_json("\"resident\":{", "\"total\":");
    size_t returned = told_in_json("\"free\":{", "\"returned\":");
    note("%s: ashlar_stats: %zu resident, %zu mapped, %zu returned KiB", stage, total / KIB,
         mapped / KIB, returned / KIB);
    expect_near(total + mapped, resident, slack(held), "what is resident: said and counted");
    expect(told_in_json("\"live\":{", "\"bytes\":") >= live, "%s: what is live is told", stage);
}

static void compare(const char *stage)
{
    struct mallinfo2 info = mallinfo2();
    struct kernel now = kernel_now();
    size_t said = info.arena + info.hblkhd, held = now.held - base.held;
    size_t resident = now.resident > base.resident ? now.resident - base.resident : 0;
    note("%s: live %zu, said %zu + %zu mapped, in use %zu, held %zu, resident %zu KiB", stage,
         live / KIB, info.arena / KIB, info.hblkhd / KIB, info.uordblks / KIB, held / KIB,
         resident / KIB);
    expect_near(said, held, slack(held), "what is held: said and counted");
    expect(info.uordblks + info.fordblks == info.arena ||
               info.uordblks + info.fordblks == info.arena + info.hblkhd,
           "%s: %zu in use and %zu free are %zu", stage, info.uordblks, info.fordblks, info.arena);
    expect(resident <= said + slack(held), "%s: no more is resident than is held", stage);
    expect(info.uordblks + info.hblkhd >= live, "%s: what is live counts as in use", stage);
    expect(info.uordblks <= live + live / 8 + slack(held), "%s: what was freed does not: %zu KiB",
           stage, info.uordblks / KIB);
    expect_near(told("<system type=\"current\""), info.arena, OWN_KIB * KIB,
                "malloc_info and mallinfo2");
    if (ashlar_stats != NULL)
        compare_json(stage, resident, held);
    expect_near(told("<total type=\"mmap\""), info.hblkhd, OWN_KIB * KIB, "the mappings of both");
}

static size_t chain_bytes(char *block)
{
    size_t sum = 0;
    for (; block; block = chain_next(block))
        sum += malloc_usable_size(block);
    return sum;
}

static void full_freed_trimmed(struct sizes sizes)
{
    char *chain = chain_take(MANY * MIB, sizes, 1);
    live = MANY * MIB;
    compare("full");
    chain = chain_thin(chain, 100);
    live = chain_bytes(chain);
    compare("freed");
    malloc_trim(0);
    compare("trimmed");
    chain_put(chain);
    live = 0;
    compare("empty");
}

static void begin(void)
{
    base = kernel_now();
}

static void small(void)
{
    begin();
    full_freed_trimmed((struct sizes){16, 900});
}

static void medium(void)
{
    begin();
    full_freed_trimmed((struct sizes){1100, 60000});
}

static void large(void)
{
    begin();
    full_freed_trimmed((struct sizes){200000, 900000});
}

static void *mixed(void *arg)
{
    full_freed_trimmed((struct sizes){16, 20000});
    return arg;
}

static void *touches_its_stack(void *arg)
{
    char room[64 * KIB];
    memset(room, 1, sizeof room);
    kernel_now();
    return arg;
}

/* The stack that a thread before it used stays with the C library and serves again. */
static void in_a_thread(void)
{
    on_thread(touches_its_stack, NULL);
    begin();
    on_thread(mixed, NULL);
}

/* What went back by itself is not held for in use either. */
static void after_the_decay(void)
{
    begin();
    char *chain = chain_thin(chain_take(MANY * MIB, (struct sizes){16, 20000}, 1), 100);
    live = chain_bytes(chain);
    rest_ms(2500);
    compare("after the decay");
    long resident = number_in("/proc/self/smaps_rollup", "Anonymous:");
    expect(resident <= chain_pages_kib(chain) + (long)(base.resident / KIB) + 1024,
           "%ld KiB are resident", resident);
}

#define NEVER "ASHLAR_DECAY=-1"

static const struct scene scenes[] = {
    {"D8 small blocks: the numbers are the kernel's", .play = small, .settings = {NEVER}},
    {"D8 medium blocks: the numbers are the kernel's", .play = medium, .settings = {NEVER}},
    {"D8 large blocks: the numbers are the kernel's", .play = large, .settings = {NEVER}},
    {"D8 a thread's blocks: the numbers are the kernel's", .play = in_a_thread,
     .settings = {NEVER}},
    {"D8 after the decay: the numbers are the kernel's", .play = after_the_decay},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
