/*
 * ashlar_runs.c - each heap's head is copied, and tells all there is to know of the heap.
 *
 *     head      | empty: 0010.. | marks | run: size, slots, free | bits: 1 = free |
 *     places    | slot | slot | slot | ..  tail | empty | span ... | rest |
 *                 live   free   live      own     free    live      own
 */
#include "ashlar_runs.h"

#include "ashlar_arenas.h"
#include "budget.h"
#include "memory.h"
#include "say.h"
#include "target_sleep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { HEAPS_MAX = 65536 };

/* One heap, copied, and the segment that is made of it. */
struct heads {
    const struct descriptor_runs *d;
    uint64_t at, size;    /* as far as it can be used */
    unsigned char *bytes; /* of its head */
    struct heap_segment *segment;
};

/* A number of the head's, of 1 to 8 bytes; little-endian machines only. */
static uint64_t number(const struct heads *h, size_t offset, size_t bytes)
{
    uint64_t value = 0;
    if (offset + bytes <= h->d->head)
        memcpy(&value, h->bytes + offset, bytes);
    return value;
}

/* Whether no run and no block has the unit. */
static bool is_empty(const struct heads *h, uint64_t unit)
{
    return number(h, h->d->empty + unit / 64 * 8, 8) >> unit % 64 & 1;
}

/* One more chunk, of at least a byte; *at is behind it then. */
static void add(const struct heads *h, uint64_t *at, uint64_t size, enum heap_state state,
                unsigned bin)
{
    struct heap_chunk chunk = {.at = *at, .size = size, .state = state, .bin = bin};
    if (size == 0)
        return;
    heap_append(h->segment, &chunk);
    *at += size;
}

/* As many units as are empty one behind the other. */
static void add_empty(const struct heads *h, uint64_t *at)
{
    uint64_t unit = (*at - h->at) / h->d->unit, count = 1;
    while ((unit + count) * h->d->unit < h->size && is_empty(h, unit + count))
        count++;
    add(h, at, count * h->d->unit, HEAP_FREE, ASHLAR_BIN_PLACES);
}

/* A block of whole units; what is beyond its last page is nobody's. */
static bool add_span(const struct heads *h, uint64_t *at, struct ashlar_trouble *trouble)
{
    uint64_t unit = (*at - h->at) / h->d->unit;
    uint64_t told = number(h, h->d->span_units + unit, 1);
    uint64_t units = told & ~(uint64_t)h->d->span_is_ready;
    uint64_t pages = number(h, h->d->span_pages + unit, 1);
    uint64_t bytes = units * h->d->unit, used = pages * h->d->span_page;
    if (units == 0 || bytes > h->at + h->size - *at || used == 0 || used > bytes)
        return ashlar_trouble_at(trouble, *at, "units in use belong to no block");
    for (uint64_t i = 0; i < units; i++) {
        if (is_empty(h, unit + i))
            return ashlar_trouble_at(trouble, *at, "a unit is in use and empty");
    }
    if (told & h->d->span_is_ready) {
        add(h, at, bytes, HEAP_CACHED, ASHLAR_BIN_SPANS);
        return true;
    }
    add(h, at, used, HEAP_LIVE, 0);
    add(h, at, bytes - used, HEAP_OWN, 0);
    return true;
}

/* Where the bits of a run lie, by the size of its slots. */
static size_t bits_of(const struct descriptor_runs *d, uint64_t place, uint64_t size)
{
    if (size >= d->slot_few)
        return d->bits_few + place * d->words_few * 8;
    if (size >= d->slot_min)
        return d->bits + place * d->words * 8;
    return d->bits_many + place * d->words_many * 8;
}

/* The class tells the bin, and keeps its size for those who only have the mark. */
static unsigned class_of(struct ashlar_reader *reader, uint64_t mark, uint64_t size)
{
    const struct descriptor_runs *d = &reader->where.runs;
    uint64_t class = (mark % d->mark_offsets - d->mark_first) / d->mark_step;
    if (mark % d->mark_offsets < d->mark_first || class >= ASHLAR_CLASSES)
        return 0;
    reader->slot_size[class] = (uint32_t)size;
    return (unsigned)class;
}

/* All slots of a run, then what is left behind the last; or one of the secure build's fences. */
static bool add_run(struct ashlar_reader *reader, const struct heads *h, uint64_t *at,
                    struct ashlar_trouble *trouble)
{
    uint64_t place = (*at - h->at) / h->d->place, end = *at + h->d->place;
    size_t run = h->d->run + place * h->d->run_bytes;
    uint64_t size = number(h, run + h->d->run_size, 2), slots = number(h, run + h->d->slots, 2);
    uint64_t mark = number(h, h->d->marks + place * 4, 4), free_slots = 0;
    uint64_t start = *at;
    size_t bits = bits_of(h->d, place, size);
    if (h->d->fenced && mark == 0 && size == 0 && (*at - h->at) % h->d->place == 0) {
        add(h, at, h->d->place, HEAP_OWN, 0);
        return true;
    }
    if ((*at - h->at) % h->d->place != 0 || size < 8 || size % 8 != 0 || slots == 0 ||
        slots > h->d->place / size)
        return ashlar_trouble_at(trouble, *at, "a place in use has no run and no block");
    unsigned bin = ASHLAR_BIN_RUNS + class_of(reader, mark, size);
    for (uint64_t i = 0; i < slots; i++) {
        bool is_free = number(h, bits + i / 64 * 8, 8) >> i % 64 & 1;
        free_slots += is_free;
        add(h, at, size, is_free ? HEAP_FREE : HEAP_LIVE, is_free ? bin : 0);
    }
    add(h, at, end - *at, HEAP_OWN, 0);
    if (free_slots != number(h, run + h->d->free, 2))
        return ashlar_trouble_at(trouble, start, "a run's bits and its count differ");
    return true;
}

/* What begins there; *at is behind it then, or stays if it cannot be told. */
static bool add_next(struct ashlar_reader *reader, const struct heads *h, uint64_t *at,
                     struct ashlar_trouble *trouble)
{
    uint64_t offset = *at - h->at;
    if (is_empty(h, offset / h->d->unit)) {
        add_empty(h, at);
        return true;
    }
    return number(h, h->d->marks + offset / h->d->place * 4, 4) == h->d->span_mark
               ? add_span(h, at, trouble)
               : add_run(reader, h, at, trouble);
}

/* All places of a heap, as far as it is in use.  What contradicts itself is unknown, and what
 * follows is known again at the next unit: the first trouble is told. */
static void add_places(struct ashlar_reader *reader, const struct heads *h,
                       struct ashlar_trouble *trouble)
{
    uint64_t at = h->at + h->d->head, end = h->at + h->size;
    while (at < end) {
        struct ashlar_trouble found = {0};
        uint64_t before = at;
        bool good = add_next(reader, h, &at, &found);
        if (!good && !trouble->at)
            *trouble = found;
        if (at == before)
            add(h, &at, h->d->unit, HEAP_UNKNOWN, 0);
    }
}

/* Copy the head of the heap.  False if it cannot be one. */
static bool read_head(const struct ashlar_reader *reader, struct heads *h, uint64_t *next)
{
    const struct descriptor *where = &reader->where;
    *next = 0;
    if (h->at % where->heap.most != 0 ||
        !memory_read(reader->target, h->at, h->bytes, where->runs.head))
        return false;
    h->size = number(h, where->heap.size, 8);
    *next = number(h, where->runs.newer, 8);
    return h->size > where->runs.head && h->size <= where->heap.most &&
           h->size % where->runs.place == 0;
}

/* Its segment, behind the others. */
static void make_segment(struct ashlar_reader *reader, size_t index, struct heads *h,
                         struct ashlar_trouble *trouble)
{
    size_t segment = glibc_segment_add(&reader->chunks, index, h->at + h->d->head);
    h->segment = &reader->chunks.model->segments[segment];
    h->segment->head = h->d->head;
    h->segment->end = h->at + h->size;
    h->segment->headless = true;
    add_places(reader, h, trouble);
}

/* One heap; *next is the newer one. */
static void read_heap(struct ashlar_reader *reader, size_t index, uint64_t at, uint64_t *next,
                      struct ashlar_trouble *trouble)
{
    struct heads h = {.d = &reader->where.runs, .at = at, .bytes = malloc(reader->where.runs.head)};
    if (!h.bytes)
        say_and_exit(EXIT_OURS, "out of memory");
    if (read_head(reader, &h, next))
        make_segment(reader, index, &h, trouble);
    else
        ashlar_trouble_at(trouble, at, "the head of a heap of runs is damaged");
    free(h.bytes);
}

/* Whether a thread may stand between two steps of the library's.  Places have no lock that would
 * tell, so a contradiction is damage only where all threads wait for something. */
static bool may_be_in_motion(const struct target *target)
{
    int fd = openat(target->directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *task;
    bool asleep = tasks != NULL && target->kind == TARGET_PROCESS;
    while (asleep && (task = readdir(tasks))) {
        if (task->d_name[0] != '.')
            asleep = target_thread_sleeps(target, atoi(task->d_name));
    }
    if (tasks)
        closedir(tasks);
    return !asleep;
}

/* All heaps, from the oldest on. */
static bool try_all(struct ashlar_reader *reader, size_t index, uint64_t oldest,
                    struct ashlar_trouble *trouble)
{
    uint64_t at = oldest;
    for (unsigned i = 0; at && i < HEAPS_MAX && !budget_is_over(); i++) {
        uint64_t next;
        if (ashlar_was_read(reader, index, at))
            return ashlar_trouble_at(trouble, at, "the list of heaps leads in a circle");
        read_heap(reader, index, at, &next, trouble);
        at = next;
    }
    return trouble->at == 0;
}

/* As with other arenas: what moves is read again, what stands still and is wrong is damaged. */
static void read_all(struct ashlar_reader *reader, size_t index, uint64_t oldest)
{
    struct heap_model *model = reader->chunks.model;
    struct ashlar_outcome now = {0};
    size_t first = model->segment_count;
    unsigned same = 0;
    while (ashlar_may_try(reader, &now)) {
        const struct ashlar_trouble last = now.trouble;
        glibc_segments_drop(&reader->chunks, first);
        now.trouble = (struct ashlar_trouble){0};
        now.good = try_all(reader, index, oldest, &now.trouble);
        same = !now.good && ashlar_same_trouble(&now.trouble, &last) ? same + 1 : 0;
        now.steady = same >= 2 && !may_be_in_motion(reader->target);
        now.tries++;
    }
    ashlar_arena_tell(model, index, first, &now);
}

/* What all heaps have from the kernel. */
static uint64_t bytes_of(const struct heap_model *model, const struct heap_arena *arena)
{
    const struct heap_segment *segment = model->segments + model->segment_count - arena->segments;
    uint64_t bytes = 0;
    for (size_t i = 0; i < arena->segments; i++)
        bytes += segment[i].end - segment[i].start + segment[i].head;
    return bytes;
}

/* The oldest heap; 0 if there is none. */
static uint64_t oldest_heap(const struct ashlar_reader *reader)
{
    uint64_t at = ashlar_address(reader->where.roots.heaps_of_runs);
    return memory_read_word(reader->target, at, &at) && memory_read_word(reader->target, at, &at)
               ? at
               : 0;
}

void ashlar_runs_read(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    uint64_t oldest = oldest_heap(reader);
    if (oldest == 0)
        return;
    size_t index = model->arena_count++;
    struct heap_arena *arena = &model->arenas[index];
    arena->at = oldest;
    arena->is_shared = true;
    strcpy(arena->name, "runs");
    read_all(reader, index, oldest);
    arena->system_bytes = bytes_of(model, arena);
}
