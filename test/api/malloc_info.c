/*
 * malloc_info.c - malloc_info(3) writes well-formed XML in glibc's schema, and its numbers add
 * up: bins to their arena, arenas to the process, and all of it to mallinfo2.
 *
 * The reader below knows elements and attributes, which is all the schema has.
 *
 * @test both
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>

struct element {
    char name[16], type[16];
    size_t number, from, to, total, count, size;
};

/* What the elements of one heap, or those of the whole process, say. */
struct account {
    struct element fast, rest, mapped, current, max, space, writable, heaps;
    size_t bins_count, bins_total, elements;
};

static char *text;
static struct account process, sum;
static size_t heap_count;
static bool in_sizes, reading_failed;

static void complain(const char *reason, const char *place)
{
    note("%s at \"%.60s\"", reason, place);
    reading_failed = true;
}

static size_t *field(struct element *e, const char *name, size_t length)
{
    static const char *const names[] = {"nr", "from", "to", "total", "count", "size"};
    size_t *const places[] = {&e->number, &e->from, &e->to, &e->total, &e->count, &e->size};
    for (size_t i = 0; i < 6; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return places[i];
    return NULL;
}

/* Reads one name="value"; returns the place after it, or NULL. */
static const char *read_attribute(const char *place, struct element *e)
{
    size_t length = strcspn(place, "=");
    if (place[length] != '=' || place[length + 1] != '"')
        return NULL;
    const char *value = place + length + 2, *end = strchr(value, '"');
    size_t *number = field(e, place, length);
    if (end == NULL)
        return NULL;
    if (number != NULL && strspn(value, "0123456789") == (size_t)(end - value) && end > value)
        *number = strtoul(value, NULL, 10);
    else if (strncmp(place, "type=", 5) == 0 && (size_t)(end - value) < sizeof e->type)
        memcpy(e->type, value, (size_t)(end - value));
    else if (strncmp(place, "version=\"1\"", 11) != 0)
        return NULL;
    return end + 1;
}

/* Where an element of this name and type is accounted, NULL when the schema has none. */
static struct element *slot(struct account *a, const struct element *e)
{
    static const char *const kinds[][2] = {
        {"total", "fast"}, {"total", "rest"},   {"total", "mmap"},      {"system", "current"},
        {"system", "max"}, {"aspace", "total"}, {"aspace", "mprotect"}, {"aspace", "subheaps"},
    };
    struct element *const slots[] = {&a->fast, &a->rest,  &a->mapped,   &a->current,
                                     &a->max,  &a->space, &a->writable, &a->heaps};
    for (size_t i = 0; i < 8; i++)
        if (strcmp(kinds[i][0], e->name) == 0 && strcmp(kinds[i][1], e->type) == 0)
            return slots[i];
    return NULL;
}

static void take_bin(struct account *a, const struct element *e)
{
    a->bins_count += e->count;
    a->bins_total += e->total;
    if (!in_sizes || e->from > e->to || e->total < e->from * (e->count != 0))
        complain("a bin out of place or order", e->name);
    if (e->count != 0 && (e->total < e->count * e->from || e->total > e->count * e->to))
        complain("a bin's total lies outside its range", e->name);
}

static void take_empty_element(struct account *a, const struct element *e)
{
    struct element *to = slot(a, e);
    if (strcmp(e->name, "size") == 0 || strcmp(e->name, "unsorted") == 0)
        take_bin(a, e);
    else if (to == NULL || to->name[0] != '\0' || in_sizes)
        complain("unknown or doubled element", e->name);
    else
        *to = *e;
}

/* A heap's elements close: the bins and the top make up "fast" and "rest". */
static void close_heap(const struct account *heap)
{
    size_t counted = heap->fast.count + heap->rest.count;
    if (heap->bins_count + 1 != counted)
        complain("bins and top do not add up to the heap's count", text);
    if (heap->bins_total > heap->fast.size + heap->rest.size)
        complain("bins hold more than the heap's total", text);
    if (heap->fast.size + heap->rest.size > heap->current.size + 16 * counted)
        complain("more is free than there is", text);
    if (heap->current.size > heap->max.size || heap->writable.size > heap->space.size)
        complain("current above maximum, or writable above reserved", text);
    if ((heap_count > 0) != (heap->heaps.size > 0))
        complain("\"subheaps\" belongs to thread arenas, and only to them", text);
    sum.fast.count += heap->fast.count, sum.fast.size += heap->fast.size;
    sum.rest.count += heap->rest.count, sum.rest.size += heap->rest.size;
    sum.current.size += heap->current.size, sum.max.size += heap->max.size;
    sum.space.size += heap->space.size, sum.writable.size += heap->writable.size;
    heap_count++;
}

static const char *expect(const char *place, const char *literal)
{
    if (place == NULL || strncmp(place, literal, strlen(literal)) != 0) {
        if (place != NULL && !reading_failed)
            complain(literal, place);
        return NULL;
    }
    place += strlen(literal);
    return place + strspn(place, " \n");
}

/* One <name attribute.../>; returns the place after it, or NULL. */
static const char *read_element(const char *place, struct account *a)
{
    struct element e = {.name = ""};
    size_t length = strspn(place + 1, "abcdefghijklmnopqrstuvwxyz");
    if (place[0] != '<' || length == 0 || length >= sizeof e.name)
        return NULL;
    memcpy(e.name, place + 1, length);
    place += 1 + length;
    while (place != NULL && *place == ' ')
        place = read_attribute(place + 1, &e);
    place = expect(place, "/>");
    if (place != NULL)
        take_empty_element(a, &e);
    return place;
}

static const char *read_elements(const char *place, struct account *a)
{
    while (place != NULL && place[0] == '<' && place[1] != '/' && strncmp(place, "<heap", 5) != 0 &&
           strncmp(place, "<sizes>", 7) != 0)
        place = read_element(place, a);
    return place;
}

static const char *read_heap(const char *place)
{
    struct account heap;
    char head[32];
    memset(&heap, 0, sizeof heap);
    snprintf(head, sizeof head, "<heap nr=\"%zu\">", heap_count);
    place = expect(expect(place, head), "<sizes>");
    in_sizes = true;
    place = expect(read_elements(place, &heap), "</sizes>");
    in_sizes = false;
    place = expect(read_elements(place, &heap), "</heap>");
    if (place != NULL)
        close_heap(&heap);
    return place;
}

static bool is_well_formed(void)
{
    const char *place = expect(text, "<malloc version=\"1\">");
    while (place != NULL && strncmp(place, "<heap", 5) == 0)
        place = read_heap(place);
    place = expect(read_elements(place, &process), "</malloc>");
    return place != NULL && *place == '\0' && !reading_failed;
}

static bool heaps_add_up_to_the_process(void)
{
    return process.fast.count == sum.fast.count && process.fast.size == sum.fast.size &&
           process.rest.count == sum.rest.count && process.rest.size == sum.rest.size &&
           process.current.size == sum.current.size && process.max.size == sum.max.size &&
           process.space.size == sum.space.size && process.writable.size == sum.writable.size;
}

static bool mallinfo_agrees(struct mallinfo2 info)
{
    return info.arena == process.current.size && info.hblks == process.mapped.count &&
           info.hblkhd == process.mapped.size && info.smblks == process.fast.count &&
           info.ordblks == process.rest.count;
}

static void *leave_free_chunks(void *holes)
{
    void *blocks[100];
    for (size_t i = 0; i < 100; i++)
        blocks[i] = malloc(i % 3 * 1500 + 40);
    for (size_t i = 0; i < 100; i += 2)
        free(blocks[i]);
    return holes;
}

static bool a_thread_leaves_free_chunks(void)
{
    pthread_t thread;
    if (begin_thread(&thread, leave_free_chunks, NULL) != 0)
        return false;
    return pthread_join(thread, NULL) == 0;
}

static bool options_are_refused(void)
{
    bool holds = malloc_info(1, stdout) != 0;
    return holds && malloc_info(-1, stdout) != 0;
}

int main(void)
{
    static char buffer[256 * 1024];
    void *mapped = malloc(40 * MIB);
    leave_free_chunks(NULL);
    bool started = a_thread_leaves_free_chunks();
    FILE *stream = fmemopen(buffer, sizeof buffer, "w");
    ok(stream != NULL && malloc_info(0, stream) == 0 && fflush(stream) == 0, "it_succeeds");
    struct mallinfo2 info = mallinfo2();
    text = buffer;
    ok(is_well_formed(), "it_is_well_formed_in_glibcs_schema");
    ok(started && heap_count == 2, "two_heaps_are_listed (R3)");
    ok(sum.rest.size > 0 && process.mapped.count >= 1, "free_and_mapped_memory_is_listed");
    ok(heaps_add_up_to_the_process(), "heaps_add_up_to_the_process");
    ok(mallinfo_agrees(info), "mallinfo_agrees");
    ok(options_are_refused(), "options_other_than_zero_are_refused");
    if (tap_failed)
        fprintf(stderr, "%s", text);
    fclose(stream);
    free(mapped);
    return done();
}
