/*
 * settings_probe.c - what the settings do, told as facts: one "name=value" a line with the
 * argument "facts" (run_settings reads them), and checked against the defaults without.
 */
#include "api.h"

#include <pthread.h>
#include <sys/auxv.h>

enum { THREADS = 12 };

#ifdef PROBE_OPTIONS
extern const char *ashlar_options;
const char *ashlar_options = PROBE_OPTIONS;
#endif

struct facts {
    size_t heap, byte, fast, kept, arenas;
    bool maps_300000, maps_2000000;
};

static pthread_barrier_t all_have_allocated;

static bool is_mapped_at(size_t n)
{
    size_t before = mallinfo2().hblks;
    void *block = malloc(n);
    bool mapped = mallinfo2().hblks == before + 1;
    free(block);
    return mapped;
}

static void *take_and_wait(void *argument)
{
    void *block = malloc(100);
    pthread_barrier_wait(&all_have_allocated);
    free(block);
    return argument;
}

/* The heaps that malloc_info lists once twelve threads have allocated at the same time. */
static size_t count_arenas(void)
{
    static char text[256 * 1024];
    pthread_t threads[THREADS];
    pthread_barrier_init(&all_have_allocated, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, take_and_wait, NULL) != 0)
            return 0;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    FILE *stream = fmemopen(text, sizeof text, "w");
    malloc_info(0, stream);
    fclose(stream);
    size_t arenas = 0;
    for (const char *place = text; (place = strstr(place, "<heap nr=")) != NULL; place++)
        arenas++;
    return arenas;
}

/* Of 40 freed blocks of 40 bytes, how many lie in fast bins; caches take some first. */
static size_t count_fast(void)
{
    void *blocks[40];
    for (size_t i = 0; i < 40; i++)
        blocks[i] = malloc(40);
    for (size_t i = 0; i < 40; i++)
        free(blocks[i]);
    return mallinfo2().smblks;
}

/* What the heap keeps of 10 MB, taken in blocks below the threshold and all freed. */
static size_t measure_kept(void)
{
    void *blocks[100];
    for (size_t i = 0; i < 100; i++)
        blocks[i] = malloc(100000);
    for (size_t i = 0; i < 100; i++)
        free(blocks[i]);
    return mallinfo2().arena;
}

static struct facts find_facts(void)
{
    struct facts f;
    unsigned char *block = malloc(200);
    f.byte = block[0];
    f.heap = mallinfo2().arena;
    free(block);
    f.fast = count_fast();
    f.maps_300000 = is_mapped_at(300000);
    f.maps_2000000 = is_mapped_at(2000000);
    f.kept = measure_kept();
    f.arenas = count_arenas();
    return f;
}

static void tell(struct facts f)
{
    tap_print("heap=%zu\nbyte=%zu\nfast=%zu\nkept=%zu\narenas=%zu\n", f.heap, f.byte, f.fast,
              f.kept, f.arenas);
    tap_print("maps_300000=%d\nmaps_2000000=%d\n", f.maps_300000, f.maps_2000000);
}

static bool some_setting_is_in_force(void)
{
    static const char *const names[] = {"MALLOC_ARENA_MAX", "MALLOC_PERTURB_", "GLIBC_TUNABLES",
                                        "ASHLAR_OPTIONS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL)
            return true;
    return false;
}

/* A static program's start has moved the break before: its heap begins inside a page. */
static bool first_heap_is_132_kib(size_t heap)
{
    if (getauxval(AT_BASE) != 0)
        return heap == 135168;
    return heap > 135168 - 4096 && heap < 135168 + 4096;
}

int main(int count, char **arguments)
{
    struct facts f = find_facts();
    if (count > 1 && strcmp(arguments[1], "facts") == 0) {
        tell(f);
        return EXIT_SUCCESS;
    }
    if (some_setting_is_in_force()) {
        skip("defaults: a setting is in force");
        return done();
    }
    ok(first_heap_is_132_kib(f.heap), "the_first_heap_is_132_KiB (M1)");
    ok(f.byte == 0, "fresh_memory_is_zero");
    ok(f.maps_2000000, "2000000_bytes_are_mapped (P1)");
    ok(f.maps_300000, "300000_bytes_are_mapped (P1)");
    ok(f.arenas > 1 && f.arenas <= THREADS + 1, "%zu arenas for twelve threads (R3)", f.arenas);
    return done();
}
