/*
 * ashlar_stats.c - ashlar_stats() writes one JSON object as snprintf would, and its numbers are true:
 * against what the program knows it holds, against what the kernel counts, against mallinfo2.
 *
 * told.h reads it.
 *
 * @test both
 */
#include "threads.h"
#include "told.h"

#include <pthread.h>
#include <time.h>

#define HEAP_MAX (64 * MIB)

enum { PAGE = 4096, BLOCKS = 6000, HEAPS_MOST = 64 };

static bool classic(void)
{
    const char *tcache = getenv("ASHLAR_TCACHE");
    return tcache != NULL && strcmp(tcache, "0") == 0;
}

static bool is_way(const char *way)
{
    const char *here = getenv("TEST_WAY");
    return here != NULL && strcmp(here, way) == 0;
}

/* Nothing changes between these calls, so every piece is a beginning of the same text. */
static bool it_is_cut_where_the_room_ends(void)
{
    static char piece[1 << 18];
    size_t length = (size_t)ashlar_stats(text, sizeof text);
    if (length != strlen(text) || (size_t)ashlar_stats(NULL, 0) != length)
        return false;
    for (size_t size = 1; size <= length + 2;
         size += size < 20 || size >= length ? 1 : length / 9) {
        size_t fits = size <= length ? size - 1 : length;
        memset(piece, '#', sizeof piece);
        if ((size_t)ashlar_stats(piece, size) != length || memcmp(piece, text, fits) != 0 ||
            piece[fits] != '\0' || piece[fits + 1] != '#')
            return false;
    }
    return true;
}

static bool nothing_happens_to_the_process(void)
{
    struct mallinfo2 before = mallinfo2();
    errno = EDOM;
    look();
    struct mallinfo2 after = mallinfo2();
    return errno == EDOM && memcmp(&before, &after, sizeof before) == 0;
}

/* What the program holds, in all sizes and ways, and how many bytes of it it may fill. */
static void *blocks[BLOCKS];

static size_t size_of(size_t i, uint64_t *state)
{
    size_t most = i % 500 == 7 ? 40 * MIB : i % 100 == 3 ? 300000 : i % 10 == 1 ? 20000 : 900;
    return random_next(state) % most;
}

/* realloc reads it; what is read and never was written is in memory for mincore, but not for smaps. */
static void *filled(size_t n)
{
    void *block = malloc(n);
    return memset(block, 1, malloc_usable_size(block));
}

static void *take(size_t i, uint64_t *state)
{
    size_t n = size_of(i, state);
    if (i % 300 == 5)
        return memalign((size_t)4096 << i % 9, n);
    if (i % 7 == 0)
        return calloc(1, n);
    return i % 11 == 0 ? realloc(filled(n / 2), n) : malloc(n);
}

static size_t fill(size_t from)
{
    uint64_t state = 7;
    size_t usable = 0;
    for (size_t i = from; i < BLOCKS; i++) {
        blocks[i] = take(i, &state);
        size_t fillable = malloc_usable_size(blocks[i]);
        memset(blocks[i], 1, fillable < MIB ? fillable : 100);
        usable += fillable;
    }
    return usable;
}

/* Free all but one in `kept`; returns the bytes. */
static size_t thin(size_t kept)
{
    size_t usable = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i] != NULL && (kept == 0 || i % kept != 0)) {
            usable += malloc_usable_size(blocks[i]);
            free(blocks[i]);
            blocks[i] = NULL;
        }
    return usable;
}

static bool is_held(size_t base, size_t usable)
{
    size_t live = live_now() - base;
    if (live != usable)
        note("%zu bytes are live, %zu are told", usable, live);
    return live == usable;
}

static bool live_is_what_the_program_holds(void)
{
    size_t base = live_now(), usable = fill(0);
    bool holds = is_held(base, usable);
    usable -= thin(2);
    holds &= is_held(base, usable);
    usable -= thin(100);
    holds &= is_held(base, usable);
    thin(0);
    return holds & is_held(base, 0);
}

/* Where an aligned block begins in its mapping is no part of it, also when it grows. */
static bool aligned_mappings_are_live_to_the_byte(void)
{
    size_t base = live_now();
    void *block = memalign(8 * MIB, 40 * MIB);
    bool holds = is_held(base, malloc_usable_size(block));
    block = realloc(block, 50 * MIB);
    holds &= is_held(base, malloc_usable_size(block));
    free(block);
    return holds & is_held(base, 0);
}

static bool sums_hold(void)
{
    look();
    size_t total = told("resident", "total");
    size_t cached = told("cached", "magazines") + told("cached", "shelves") +
                    told("cached", "spans") + told("cached", "fast_bins") +
                    told("cached", "in_transit");
    size_t live = told("live", "chunks") + told("live", "slots") + told("live", "spans");
    bool by_region =
        total == told("resident", "heap") + told("resident", "arenas") + told("resident", "runs");
    bool by_use = total == told("resident", "in_use") + told("free", "resident") +
                               told("free", "fragments") + told("metadata", "heads");
    bool by_kind =
        cached == told("cached", "bytes") &&
        live + told("live", "mapped") == told("live", "bytes") &&
        told("free", "bytes") ==
            told("free", "resident") + told("free", "fragments") + told("free", "returned") &&
        told("metadata", "bytes") == told("metadata", "heads") + told("metadata", "headers") +
                                         told("metadata", "caches") + told("metadata", "tables");
    bool in_blocks = told("resident", "in_use") <= live + told("metadata", "headers") + cached;
    if (!by_region || !by_use || !by_kind || !in_blocks)
        note("%d %d %d %d: %s", by_region, by_use, by_kind, in_blocks, text);
    return by_region && by_use && by_kind && in_blocks;
}

static bool mallinfo_agrees(void)
{
    struct mallinfo2 info = mallinfo2();
    look();
    size_t ready = told("cached", "bytes") - told("cached", "in_transit");
    bool holds = info.fsmblks == ready &&
                 info.fordblks == told("free", "bytes") - told("free", "ends") + ready &&
                 info.hblks == told("mapped", "chunks") && info.hblkhd == told("mapped", "bytes");
    if (!holds)
        note("mallinfo2: %zu ready, %zu free, %zu mapped: %s", info.fsmblks, info.fordblks,
             info.hblkhd, text);
    return holds;
}

/* The heaps that blocks of ours lie in: HEAP_MAX from a multiple of it on. */
static uintptr_t heaps[HEAPS_MOST];
static size_t heaps_count;

static bool lies_in_a_heap(uintptr_t address)
{
    for (size_t i = 0; i < heaps_count; i++)
        if (address - heaps[i] < HEAP_MAX)
            return true;
    return false;
}

static void note_heap(const void *block)
{
    uintptr_t heap = (uintptr_t)block & ~(HEAP_MAX - 1);
    if (!lies_in_a_heap(heap) && heaps_count < HEAPS_MOST)
        heaps[heaps_count++] = heap;
}

/* What the kernel counts of our regions: Rss of [heap], and of what lies in heaps. */
struct counted {
    size_t heap, heaps;
};

static struct counted kernel_counts(void)
{
    static char smaps[1 << 20];
    struct counted sum = {0, 0};
    size_t length = 0, *region = NULL;
    int file = open("/proc/self/smaps", O_RDONLY);
    for (ssize_t got = 1; got > 0; length += got > 0 ? (size_t)got : 0)
        got = read(file, smaps + length, sizeof smaps - 1 - length);
    close(file);
    smaps[length] = '\0';
    for (char *line = strtok(smaps, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        unsigned long start, end, kib;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            region = strstr(line, "[heap]") ? &sum.heap : lies_in_a_heap(start) ? &sum.heaps : NULL;
        else if (region != NULL && sscanf(line, "Rss: %lu", &kib) == 1)
            *region += kib * KIB;
    }
    return sum;
}

static bool is_near(size_t one, size_t other, size_t by)
{
    return one <= other + by && other <= one + by;
}

/*
 * In [heap] a static program's C library has put its own before us: TLS, a page or two.  Of a heap of
 * runs some pages of its head are read, never written: these are in memory for mincore, but not for
 * smaps.  All else is equal to the byte.
 */
static bool kernel_agrees(const char *when)
{
    look();
    struct counted kernel = kernel_counts();
    size_t heap = told("resident", "heap");
    size_t heaps_told = told("resident", "arenas") + told("resident", "runs");
    size_t others = is_way("static") ? 3 * PAGE : 0;
    size_t only_read = told("resident", "runs") > 0 ? 5 * PAGE : 0;
    bool holds = is_near(heap, kernel.heap, others) && heaps_told >= kernel.heaps &&
                 heaps_told <= kernel.heaps + only_read;
    if (!holds)
        note("%s: [heap] has %zu, told %zu; heaps have %zu, told %zu: %s", when, kernel.heap, heap,
             kernel.heaps, heaps_told, text);
    return holds;
}

/* A thread with blocks of its own, which waits in between. */
static pthread_barrier_t turn;

static void *hold_and_free(void *unused)
{
    enum { MANY = 3000 };
    static void *own[MANY];
    for (size_t i = 0; i < MANY; i++)
        note_heap(memset(own[i] = malloc(50 + i), 1, 50 + i));
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    for (size_t i = 0; i < MANY; i++)
        free(own[i]);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    return unused;
}

static bool the_kernel_counts_the_same(void)
{
    pthread_t thread;
    heaps_count = 0;
    fill(0);
    char *low = sbrk(0);
    for (size_t i = 0; i < BLOCKS; i++)
        if (malloc_usable_size(blocks[i]) < 10000 &&
            (uintptr_t)low - (uintptr_t)blocks[i] > 256 * MIB)
            note_heap(blocks[i]);
    pthread_barrier_init(&turn, NULL, 2);
    if (begin_thread(&thread, hold_and_free, NULL) != 0)
        return false;
    pthread_barrier_wait(&turn);
    bool holds = kernel_agrees("full");
    pthread_barrier_wait(&turn);
    thin(100);
    pthread_barrier_wait(&turn);
    holds &= kernel_agrees("freed") & sums_hold() & mallinfo_agrees();
    malloc_trim(0);
    holds &= kernel_agrees("trimmed") & sums_hold() & mallinfo_agrees();
    pthread_barrier_wait(&turn);
    pthread_join(thread, NULL);
    thin(0);
    return holds & kernel_agrees("empty");
}

/* What is freed is either ready or free, and no longer live. */
static bool what_is_freed_is_cached_or_free(void)
{
    void *small[200], *large = malloc(60000);
    for (size_t i = 0; i < 200; i++)
        small[i] = malloc(64);
    look();
    size_t before = told("cached", "bytes") + told("free", "bytes");
    size_t usable = malloc_usable_size(large), live = told("live", "bytes");
    free(large);
    for (size_t i = 0; i < 200; i++) {
        usable += malloc_usable_size(small[i]);
        free(small[i]);
    }
    look();
    size_t after = told("cached", "bytes") + told("free", "bytes");
    return told("live", "bytes") == live - usable && after >= before + usable;
}

/* A block of the first thread's that another one frees is on its way: not live, not free yet. */
static void *free_some(void *foreign)
{
    void **some = foreign;
    pthread_barrier_wait(&turn);
    for (size_t i = 0; i < 6; i++)
        free(some[i]);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    return NULL;
}

static bool what_others_free_is_not_live(void)
{
    void *some[6];
    size_t usable = 0;
    pthread_t thread;
    for (size_t i = 0; i < 6; i++)
        usable += malloc_usable_size(some[i] = malloc(200 + 100 * i));
    if (begin_thread(&thread, free_some, some) != 0)
        return false;
    size_t before = live_now();
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    size_t after = live_now(), moving = told("cached", "in_transit");
    bool holds = before - after == usable && (classic() ? moving == 0 : moving > 0) && sums_hold();
    if (!holds)
        note("%zu bytes were freed, %zu less are live, %zu move", usable, before - after, moving);
    pthread_barrier_wait(&turn);
    pthread_join(thread, NULL);
    look();
    return holds && told("cached", "in_transit") == 0;
}

/* What lies ready for a thread that waits is told as what it is. */
static void *keep_ready(void *unused)
{
    void *own[60];
    for (size_t i = 0; i < 60; i++)
        own[i] = malloc(64);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    for (size_t i = 0; i < 60; i++)
        free(own[i]);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    return unused;
}

static bool caches_of_threads_are_told(void)
{
    pthread_t thread;
    const char *kind = classic() ? "fast_bins" : "magazines";
    if (begin_thread(&thread, keep_ready, NULL) != 0)
        return false;
    pthread_barrier_wait(&turn);
    size_t live = live_now(), ready = told("cached", kind);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    size_t after = live_now(), ready_after = told("cached", kind);
    pthread_barrier_wait(&turn);
    pthread_join(thread, NULL);
    return live - after == 60 * (size_t)72 && ready_after >= ready + 60 * (size_t)80;
}

/* Blocks go from thread to thread while somebody counts. */
static void *volatile passed[64];
static volatile bool stop;

static void *pass_blocks(void *seed)
{
    uint64_t state = (uintptr_t)seed;
    while (!stop) {
        size_t n = random_next(&state) % (random_next(&state) % 50 == 0 ? 200000 : 2000);
        void *block = malloc(n);
        memset(block, 1, n < 64 ? n : 64);
        free(__atomic_exchange_n(&passed[random_next(&state) % 64], block, __ATOMIC_ACQ_REL));
    }
    return NULL;
}

static bool counting_disturbs_nobody(void)
{
    pthread_t threads[4];
    bool holds = true;
    size_t base = live_now();
    for (size_t i = 0; i < 4; i++)
        begin_thread(&threads[i], pass_blocks, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < 200; i++)
        holds &= is_one_json_object();
    stop = true;
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 64; i++)
        free(passed[i]);
    note("%zu bytes were live before, %zu are after", base, live_now());
    return holds && sums_hold() && mallinfo_agrees() && is_near(base, live_now(), 4 * KIB);
}

static void rest(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* In a process of its own, with a decay time; some calls, as there may be no thread that does it. */
static bool decay_is_told(void)
{
    fill(0);
    thin(100);
    look();
    size_t resident_before = told("free", "resident"), before = told("free", "returned");
    size_t total_before = told(NULL, "returned_total");
    for (int tries = 0; tries < 100; tries++) {
        rest(50);
        for (int call = 0; call < 200; call++)
            free(malloc(200000));
        look();
        if (told("free", "resident") < resident_before / 4)
            break;
    }
    note("free: %zu KiB in memory, %zu returned; then %zu and %zu", resident_before / KIB,
         before / KIB, told("free", "resident") / KIB, told("free", "returned") / KIB);
    return told("free", "resident") < resident_before / 4 && told("free", "returned") > before &&
           told(NULL, "returned_total") > total_before && told(NULL, "decay_ms") == 100 &&
           sums_hold();
}

static bool decay_is_told_there(char *self)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("ASHLAR_DECAY", "100", 1);
        execl("/proc/self/exe", self, "decay", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Nothing is to change by itself while we look. */
static void begin_again_without_decay(char **argv)
{
    if (getenv("ASHLAR_DECAY") != NULL)
        return;
    setenv("ASHLAR_DECAY", "-1", 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    if (!on_ashlar()) {
        tap_print("1..0 # SKIP only ashlar has ashlar_stats\n");
        return 0;
    }
    begin_again_without_decay(argv);
    if (argc > 1 && strcmp(argv[1], "decay") == 0)
        return decay_is_told() ? 0 : 1;
    ok(is_one_json_object() && all_is_told(), "it_is_one_json_object_at_start");
    ok(it_is_cut_where_the_room_ends(), "it_is_cut_where_the_room_ends");
    ok(nothing_happens_to_the_process(), "nothing_happens_to_the_process");
    ok(live_is_what_the_program_holds(), "live_is_what_the_program_holds");
    ok(aligned_mappings_are_live_to_the_byte(), "aligned_mappings_are_live_to_the_byte");
    ok(what_is_freed_is_cached_or_free(), "what_is_freed_is_cached_or_free");
    ok(sums_hold() && mallinfo_agrees(), "sums_hold_and_mallinfo_agrees");
    ok(the_kernel_counts_the_same(), "the_kernel_counts_the_same (D8)");
    ok(what_others_free_is_not_live(), "what_others_free_is_not_live");
    ok(caches_of_threads_are_told(), "caches_of_threads_are_told");
    ok(counting_disturbs_nobody(), "counting_disturbs_nobody");
    if (classic())
        skip("nothing decays in classic mode");
    else
        ok(decay_is_told_there(argv[0]), "after_the_decay_what_is_free_is_returned");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
