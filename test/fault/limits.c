/*
 * limits.c - limits that the kernel itself has: mappings (vm.max_map_count), data (RLIMIT_DATA),
 * what the machine may promise (vm.overcommit_memory=2), and the memory of a control group.
 * Requests fail with ENOMEM and nothing is damaged; once the limit is gone all is served, and no
 * address space was lost meanwhile.  In a control group nothing is refused, but a process is killed;
 * one whose soft limit is half of the group's is not, whatever it has freed.
 *
 * overcommit_memory is the whole machine's: that part runs only with TEST_MACHINE_IS_MINE=1.
 *
 * @test linked preload static both timeout=120
 */
#include "../api/api.h"
#include "threads.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { BLOCKS = 20000 };

struct block {
    char *user;
    size_t n, filled;
};

/* One thread's blocks; its errors. */
struct taker {
    struct block *blocks;
    size_t count, served, refused;
    unsigned wrong_errno, damaged;
};

static struct taker taker_of(void)
{
    void *blocks = mmap(NULL, BLOCKS * sizeof(struct block), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return (struct taker){.blocks = blocks};
}

/* Count a request; whether it was served. */
static bool was_served(struct taker *t, const void *user)
{
    if (user) {
        t->served++;
        return true;
    }
    t->refused++;
    t->wrong_errno += errno != ENOMEM;
    return false;
}

static void fill(struct block *b, char *user, size_t n, size_t at_most)
{
    *b = (struct block){user, n, n < at_most ? n : at_most};
    pattern_fill(user, b->filled, n);
}

static bool take(struct taker *t, size_t n, size_t at_most)
{
    errno = 0;
    char *user = t->count < BLOCKS ? malloc(n) : NULL;
    if (t->count == BLOCKS || !was_served(t, user))
        return false;
    fill(&t->blocks[t->count++], user, n, at_most);
    return true;
}

static bool take_aligned(struct taker *t, size_t alignment, size_t n)
{
    errno = 0;
    char *user = t->count < BLOCKS ? aligned_alloc(alignment, n) : NULL;
    if (t->count == BLOCKS || !was_served(t, user))
        return false;
    fill(&t->blocks[t->count++], user, n, n);
    return true;
}

static void resize(struct taker *t, struct block *b, size_t n)
{
    errno = 0;
    char *user = realloc(b->user, n);
    if (!was_served(t, user))
        return;
    t->damaged += !pattern_holds(user, n < b->filled ? n : b->filled, b->filled, b->n);
    fill(b, user, n, 64 * KIB);
}

static void put(struct taker *t, size_t i)
{
    struct block *b = &t->blocks[i];
    t->damaged += !pattern_holds(b->user, b->filled, b->filled, b->n);
    free(b->user);
    *b = t->blocks[--t->count];
}

static void put_all(struct taker *t)
{
    while (t->count > 0)
        put(t, t->count - 1);
}

/* Requests of every kind; what is taken stays. */
static void take_all_kinds(struct taker *t, unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t n = 16; n < 900; n += 48)
            take(t, n, n);
        for (size_t n = KIB; n < 200 * KIB; n += n / 2)
            take(t, n, 4 * KIB);
        take(t, 300 * KIB, 4 * KIB);
        take_aligned(t, 4096, 5000);
        if (round % 8 == 0)
            take(t, 5 * MIB, 4 * KIB);
        if (t->count > 40)
            resize(t, &t->blocks[t->count - 3], 150 * KIB + round * 5000);
        for (size_t i = 0; i < 12 && t->count > 100; i++)
            put(t, (i * 7919 + round) % t->count);
    }
}

static size_t address_space(void)
{
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    return got > 0 ? strtoull(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static bool taker_is_sound(const struct taker *t, const char *who)
{
    if (t->wrong_errno + t->damaged > 0)
        note("%s: %u damaged, %u times another errno than ENOMEM", who, t->damaged, t->wrong_errno);
    return t->wrong_errno + t->damaged == 0 && heap_is_sound();
}

/* As many mappings as the process may have. */
static char *use_up_mappings(size_t *size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 1 << 18;
    *size = pages * page;
    char *region = mmap(NULL, *size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED)
        return NULL;
    for (size_t i = 1; i < pages; i += 2)
        if (mprotect(region + i * page, page, PROT_READ) != 0)
            return region;
    munmap(region, *size);
    return NULL;
}

static pthread_barrier_t reached, gone;

static void *work_at_the_limit(void *of)
{
    struct taker *t = of;
    take_all_kinds(t, 40);
    pthread_barrier_wait(&reached);
    take_all_kinds(t, 100);
    pthread_barrier_wait(&gone);
    return NULL;
}

/* Many blocks first, so that mappings end in the midst of others, which would make two of one. */
static bool at_the_limit_of_mappings(void)
{
    pthread_t thread;
    struct taker own = taker_of(), others = taker_of();
    pthread_barrier_init(&reached, NULL, 2);
    pthread_barrier_init(&gone, NULL, 2);
    take_all_kinds(&own, 40);
    if (begin_thread(&thread, work_at_the_limit, &others) != 0)
        return false;
    size_t size, before = address_space();
    char *region = use_up_mappings(&size);
    if (!region) {
        note("the number of mappings has no limit here");
        return true;
    }
    pthread_barrier_wait(&reached);
    take_all_kinds(&own, 100);
    bool sound = taker_is_sound(&own, "first") && heap_is_sound();
    put_all(&own);
    munmap(region, size);
    pthread_barrier_wait(&gone);
    pthread_join(thread, NULL);
    sound = taker_is_sound(&others, "other") && sound;
    size_t refused = own.refused + others.refused;
    take_all_kinds(&own, 40);
    size_t later = own.refused + others.refused - refused;
    sound = sound && later == 0 && taker_is_sound(&own, "later");
    put_all(&own);
    put_all(&others);
    malloc_trim(0);
    size_t after = address_space();
    note("mappings: %zu served, %zu refused, %zu later; address space %zu, then %zu MiB",
         own.served + others.served, refused, later, before / MIB, after / MIB);
    return sound && heap_is_sound() && after < before + 200 * MIB;
}

/* Requests of these sizes until one is refused, twice; the limit is lifted by the caller. */
static bool fills_up(struct taker *t)
{
    static const size_t sizes[] = {200 * KIB, 20 * KIB, 3000, 100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        while (take(t, sizes[i], sizes[i]))
            continue;
    bool sound = t->refused > 0 && taker_is_sound(t, "full");
    for (size_t i = 0; i < t->count; i += 3)
        put(t, i);
    /* What was freed can be had again. */
    size_t refused = t->refused;
    for (unsigned i = 0; i < 20; i++)
        take(t, 2000, 2000);
    return sound && t->refused == refused;
}

static bool at_the_limit_of_data(void)
{
    struct taker t = taker_of();
    struct rlimit limit, before;
    getrlimit(RLIMIT_DATA, &before);
    limit = before;
    limit.rlim_cur = 100 * MIB;
    if (setrlimit(RLIMIT_DATA, &limit) != 0)
        return false;
    bool sound = fills_up(&t);
    setrlimit(RLIMIT_DATA, &before);
    size_t refused = t.refused;
    put_all(&t);
    take_all_kinds(&t, 40);
    note("RLIMIT_DATA: %zu served, %zu refused", t.served, refused);
    sound = sound && t.refused == refused && taker_is_sound(&t, "later");
    put_all(&t);
    return sound && heap_is_sound();
}

static long number_in(const char *path)
{
    char text[64] = "";
    int file = open(path, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);
    close(file);
    return got > 0 ? strtol(text, NULL, 10) : -1;
}

static bool write_number(const char *path, long number)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", number), file = open(path, O_WRONLY);
    bool written = file >= 0 && write(file, text, (size_t)length) == length;
    close(file);
    return written;
}

/* "Committed_AS:   123 kB" of /proc/meminfo. */
static long committed(void)
{
    static char text[8192];
    int file = open("/proc/meminfo", O_RDONLY);
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    const char *at = got > 0 ? strstr(text, "Committed_AS:") : NULL;
    return at ? strtol(at + strlen("Committed_AS:"), NULL, 10) : -1;
}

#define OVERCOMMIT "/proc/sys/vm/overcommit_"

static bool where_nothing_is_promised_twice(void)
{
    struct taker t = taker_of();
    long kbytes = committed(), before = number_in(OVERCOMMIT "memory");
    long before_kbytes = number_in(OVERCOMMIT "kbytes"), ratio = number_in(OVERCOMMIT "ratio");
    bool set = kbytes > 0 && write_number(OVERCOMMIT "kbytes", kbytes + 2048 * 1024) &&
               write_number(OVERCOMMIT "memory", 2);
    bool sound = set && fills_up(&t);
    size_t refused = t.refused;
    write_number(OVERCOMMIT "memory", before);
    if (before_kbytes > 0)
        write_number(OVERCOMMIT "kbytes", before_kbytes);
    else
        write_number(OVERCOMMIT "ratio", ratio);
    put_all(&t);
    take_all_kinds(&t, 40);
    note("overcommit_memory=2: %zu served, %zu refused", t.served, refused);
    sound = sound && t.refused == refused && taker_is_sound(&t, "later");
    put_all(&t);
    return sound;
}

/* A memory group of our own with so many bytes; false if none can be made. */
static bool make_group(char *path, size_t size, size_t bytes)
{
    static const struct {
        const char *directory, *limit;
    } kinds[] = {{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
                 {"/sys/fs/cgroup", "memory.max"}};
    for (size_t i = 0; i < 2; i++) {
        char limit[256];
        snprintf(path, size, "%s/ashlar-test-%d", kinds[i].directory, (int)getpid());
        snprintf(limit, sizeof limit, "%s/%s", path, kinds[i].limit);
        if (mkdir(path, 0700) != 0)
            continue;
        if (write_number(limit, (long)bytes))
            return true;
        rmdir(path);
    }
    return false;
}

#define GROUP_BYTES (128 * MIB)

/* The live blocks are half of the limit; each time of another size, so that nothing fits. */
static bool lives_within(struct taker *t)
{
    static const size_t sizes[] = {5000, 100 * KIB, 300 * KIB, 40 * KIB, 9000, 3 * MIB, 2200};
    for (unsigned i = 0; i < 3 * sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i % (sizeof sizes / sizeof *sizes)];
        for (size_t bytes = 0; bytes + n < GROUP_BYTES / 2 && take(t, n, n); bytes += n)
            continue;
        if (t->refused > 0 && t->count == 0)
            return false;
        put_all(t);
    }
    return taker_is_sound(t, "group");
}

static char group[256], *program;

/* In the group from the beginning, with a soft limit: it is read when a process starts. */
static bool in_a_control_group(void)
{
    char processes[300];
    snprintf(processes, sizeof processes, "%s/cgroup.procs", group);
    setenv("ASHLAR_SOFT_LIMIT", "64M", 1);
    if (write_number(processes, (long)getpid()))
        execl(program, program, "group", (char *)NULL);
    return false;
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc > 1) {
        struct taker t = taker_of();
        alarm(60);
        return !lives_within(&t);
    }
    ok(holds_in_child(at_the_limit_of_mappings, 60), "with_no_further_mapping_nothing_is_lost");
    ok(holds_in_child(at_the_limit_of_data, 60), "with_no_further_data_nothing_is_lost");
    if (!getenv("TEST_MACHINE_IS_MINE"))
        skip("overcommit_memory=2 concerns the whole machine: TEST_MACHINE_IS_MINE=1 tries it");
    else
        ok(holds_in_child(where_nothing_is_promised_twice, 60), "with_no_promise_nothing_is_lost");
    if (!make_group(group, sizeof group, GROUP_BYTES)) {
        skip("no control group for memory can be made here");
    } else {
        ok(holds_in_child(in_a_control_group, 60), "with_a_soft_limit_what_was_freed_kills_nobody");
        rmdir(group);
    }
    return done();
}
