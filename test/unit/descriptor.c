/*
 * The note that leads to the descriptor, found as a tool finds it: in the program's own headers.
 */
#include "unit.h"

#include "arenas.h"
#include "descriptor.h"
#include "guard.h"
#include "large.h"
#include "mapped.h"
#include "places.h"
#include "tcache.h"
#include "thread.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>

/* What was found. */
struct found {
    const struct descriptor *descriptor;
    uint32_t layout;
    unsigned notes;
};

static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

static void look_at_note(const char *name, const char *words, size_t n, struct found *found)
{
    int32_t distance;
    if (strcmp(name, DESCRIPTOR_OWNER) != 0 || n != 8)
        return;
    memcpy(&found->layout, words, sizeof found->layout);
    memcpy(&distance, words + 4, sizeof distance);
    found->descriptor = (const void *)((uintptr_t)words + 4 + (uintptr_t)(intptr_t)distance);
    found->notes++;
}

static int look_at_file(struct dl_phdr_info *file, size_t size, void *context)
{
    (void)size;
    for (unsigned i = 0; i < file->dlpi_phnum; i++) {
        if (file->dlpi_phdr[i].p_type != PT_NOTE)
            continue;
        uintptr_t at = file->dlpi_addr + file->dlpi_phdr[i].p_vaddr;
        uintptr_t end = at + file->dlpi_phdr[i].p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const void *)at;
            const char *name = (const char *)(note + 1);
            const char *words = name + padded(note->n_namesz);
            if (note->n_type == DESCRIPTOR_NOTE && note->n_namesz == sizeof DESCRIPTOR_OWNER)
                look_at_note(name, words, note->n_descsz, context);
            at = (uintptr_t)words + padded(note->n_descsz);
        }
    }
    return 0;
}

/* A word at so many bytes behind an address. */
static uintptr_t word(const void *at, size_t offset)
{
    uintptr_t value;
    memcpy(&value, (const char *)at + offset, sizeof value);
    return value;
}

static void one_note_leads_to_the_descriptor(struct found *found)
{
    dl_iterate_phdr(look_at_file, found);
    ok(found->notes == 1, "there is one note of ours");
    ok(found->layout == DESCRIPTOR_LAYOUT, "it tells the layout");
    ok(found->descriptor && found->descriptor->layout == found->layout &&
           found->descriptor->bytes == sizeof *found->descriptor,
       "the descriptor tells the same, and its size");
}

static void the_roots_lead_to_what_is_in_use(const struct descriptor *d)
{
    void *block = malloc(100), *large = malloc(MIB);
    ok(d->roots.main_arena == &main_arena, "the main arena is where it is said to be");
    ok(word(&main_arena, d->arena.top) == (uintptr_t)main_arena.top.chunk &&
           word(&main_arena, d->arena.first) == (uintptr_t)main_arena.top.first &&
           word(&main_arena, d->arena.system) == main_arena.top.system,
       "its top is");
    uintptr_t heaps = word(d->roots.heaps_of_runs, 0), mapped = word(d->roots.mapped, 0);
    ok(word((void *)heaps, 0) == (uintptr_t)places_heaps(), "the oldest heap of runs is");
    ok(word((void *)mapped, d->mapped.chunks) == mapped_counted().chunks &&
           word((void *)mapped, d->mapped.bytes) == mapped_counted().bytes,
       "the counters of mapped chunks are");
    uintptr_t caches = word(d->roots.caches, 0), cache = word((void *)caches, 0);
    ok(cache == (uintptr_t)thread_cache(), "the only thread's cache is the first of the list");
    ok(word((void *)cache, d->cache.arena) == (uintptr_t)&main_arena,
       "and takes from the main arena");
    ok(word(d->roots.tune, d->tune.decay) == tune.decay, "the settings are");
    free(large);
    free(block);
}

static void blocks_between_guards_are_where_it_says(const struct descriptor *d)
{
    uintptr_t region[3];
    char *guarded = guard_begin() ? guard_take(100, 1, (uintptr_t)&region) : NULL;
    for (unsigned i = 0; i < 3; i++)
        region[i] = word((void *)word(d->roots.guard, i * WORD), 0);
    const char *record = (const char *)region[1];
    ok(guarded && guarded >= (char *)region[0] && guarded < (char *)region[0] + HEAP_MAX &&
           (uint32_t)region[2] == 1,
       "the region of guarded blocks is, and one was used");
    ok(word(record, d->guard.user) == (uintptr_t)guarded && word(record, d->guard.n) == 100 &&
           (uint32_t)word(record, d->guard.state) == d->guard.live,
       "its record tells the block");
    char *block = large_take(100000, 1);
    uintptr_t table = word((void *)word(d->roots.large, 0), 0), found = 0;
    size_t places = word((void *)word(d->roots.large, WORD), 0);
    for (size_t i = 0; i < places; i++)
        if (word((void *)(table + i * d->large.bytes), d->large.block) == (uintptr_t)block)
            found = word((void *)(table + i * d->large.bytes), d->large.size);
    ok(block && found == large_size(block), "a large block stands in its table");
    large_put(block);
}

static void a_run_is_where_its_heap_says(const struct descriptor *d)
{
    enum { BLOCKS = 4000, SIZE = 48 };
    static void *blocks[BLOCKS];
    for (unsigned i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(SIZE);
    void *slot = blocks[BLOCKS - 1];
    const struct run_heap *heap = run_heap_around(slot);
    size_t place = run_place(slot);
    const char *run = (const char *)heap + d->runs.run + place * d->runs.run_bytes;
    uint16_t size, slots;
    memcpy(&size, run + d->runs.run_size, sizeof size);
    memcpy(&slots, run + d->runs.slots, sizeof slots);
    ok(region_at(slot) == REGION_RUNS, "many blocks of one size come from runs");
    ok(size == SIZE && slots == RUN_SIZE / SIZE, "the run's slots are told");
    ok(word(run, d->runs.run_arena) == (uintptr_t)&main_arena, "and whose they are");
    ok(run_bits(&heap->run[place]) ==
           (const void *)((const char *)heap + d->runs.bits + place * d->runs.words * 8),
       "and where their bits lie");
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

int main(void)
{
    struct found found = {0};
    one_note_leads_to_the_descriptor(&found);
    if (found.descriptor) {
        the_roots_lead_to_what_is_in_use(found.descriptor);
        a_run_is_where_its_heap_says(found.descriptor);
        blocks_between_guards_are_where_it_says(found.descriptor);
    }
    return done();
}
