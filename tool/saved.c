/*
 * saved.c - a target over the tape, in either direction.
 *
 * Writing and reading are one function for each part.  What is read is checked as far as others rely
 * on it: order, bounds, sums.
 */
#include "saved.h"

#include "asnap.h"
#include "say.h"
#include "target_sleep.h"

#include <stdlib.h>
#include <string.h>

/* Those that allocator.c can find; a snapshot holds their numbers. */
static const char *const runtimes[] = {NULL, "JVM", "Go runtime"};
enum { RUNTIMES = sizeof runtimes / sizeof *runtimes };

/* More areas than the kernel allows anybody, and bytes that each takes at least. */
enum { AREA_LEAST = 12, REGION_LEAST = 14, NAME_MAX_SAVED = PATH_MAX + 64 };

/* In the order of the structure, as everything here. */
static void pass_usage(struct tape *tape, struct usage *usage)
{
    usage->resident = tape_pass(tape, usage->resident);
    usage->proportional = tape_pass(tape, usage->proportional);
    usage->private_dirty = tape_pass(tape, usage->private_dirty);
    usage->swapped = tape_pass(tape, usage->swapped);
    usage->lazily_free = tape_pass(tape, usage->lazily_free);
    usage->huge = tape_pass(tape, usage->huge);
}

/* Page sizes are divided by. */
static void pass_description(struct tape *tape, struct target *target)
{
    target->pid = (pid_t)tape_below(tape, (uint64_t)target->pid, INT32_MAX);
    target->user = (uid_t)tape_below(tape, target->user, (uint64_t)UINT32_MAX + 1);
    target->bits = tape_below(tape, target->bits == 64, 2) ? 64 : 32;
    target->machine = (int)tape_below(tape, (uint64_t)target->machine, UINT16_MAX + 1);
    unsigned shift = tape->writes ? (unsigned)__builtin_ctzll(target->page_size) : 0;
    target->page_size = (uint64_t)1 << tape_below(tape, shift, 31);
    if (target->page_size < 1024)
        tape->failed = true;
    target->read_at.tv_sec = (time_t)tape_pass(tape, (uint64_t)target->read_at.tv_sec);
    target->read_at.tv_nsec = (long)tape_below(tape, (uint64_t)target->read_at.tv_nsec, 1000000000);
    target->memory_denied = tape_below(tape, target->memory_denied, 2);
    target->pages_unknown = tape_below(tape, target->pages_unknown, 2);
    tape_text(tape, target->name, sizeof target->name);
    tape_text(tape, target->exe, sizeof target->exe);
}

/* The name is a copy when reading; areas_add copies it again. */
static void pass_area(struct tape *tape, struct area *area, char name[NAME_MAX_SAVED])
{
    area->start = tape_pass(tape, area->start);
    area->end = tape_pass(tape, area->end);
    area->access = (unsigned)tape_below(tape, area->access, 16);
    area->offset = tape_pass(tape, area->offset);
    area->inode = tape_pass(tape, area->inode);
    tape_text(tape, name, NAME_MAX_SAVED);
    pass_usage(tape, &area->usage);
}

/* The target's own list stays as it is. */
static void write_areas(struct tape *tape, const struct areas *areas)
{
    tape_count(tape, areas->count, AREA_LEAST);
    for (size_t i = 0; i < areas->count; i++) {
        struct area area = areas->list[i];
        char name[NAME_MAX_SAVED];
        snprintf(name, sizeof name, "%s", area.name);
        pass_area(tape, &area, name);
    }
}

/* areas_add refuses what is out of order. */
static void read_areas(struct tape *tape, struct areas *areas)
{
    size_t count = tape_count(tape, 0, AREA_LEAST);
    for (size_t i = 0; i < count && !tape->failed; i++) {
        char name[NAME_MAX_SAVED] = "";
        struct area area = {.name = name};
        pass_area(tape, &area, name);
        if (tape->failed || !areas_add(areas, &area))
            tape->failed = true;
    }
    areas->measured = true;
}

/* Addresses of the kernel; only shown. */
static void pass_layout(struct tape *tape, struct layout *layout)
{
    layout->start_code = tape_pass(tape, layout->start_code);
    layout->start_brk = tape_pass(tape, layout->start_brk);
    layout->start_stack = tape_pass(tape, layout->start_stack);
    layout->stack_limit = tape_pass(tape, layout->stack_limit);
}

/* A runtime by its number, because its name is a word of ours. */
static void pass_allocator(struct tape *tape, struct allocator *allocator)
{
    unsigned runtime = 0;
    for (unsigned i = 1; i < RUNTIMES; i++) {
        if (allocator->runtime && strcmp(allocator->runtime, runtimes[i]) == 0)
            runtime = i;
    }
    allocator->id = (enum allocator_id)tape_below(tape, allocator->id, ALLOCATORS);
    uint64_t kind = tape_below(tape, allocator->is_static + 2U * allocator->is_secure, 4);
    allocator->is_static = kind & 1;
    allocator->is_secure = kind >> 1;
    allocator->runtime = runtimes[tape_below(tape, runtime, RUNTIMES)];
    tape_text(tape, allocator->version, sizeof allocator->version);
}

/* Whoever sleeps is remembered for `ashlar explain'. */
static void pass_sleepers(struct tape *tape, struct target *target)
{
    target->sleepers =
        tape_list(tape, target->sleepers, &target->sleeper_count, sizeof *target->sleepers, 1);
    for (size_t i = 0; i < target->sleeper_count; i++)
        target->sleepers[i] = (pid_t)tape_below(tape, (uint64_t)target->sleepers[i], INT32_MAX);
}

/* Its label was made fit for a terminal by nobody: it is printed as names are. */
static void pass_region(struct tape *tape, struct region *region)
{
    region->start = tape_pass(tape, region->start);
    region->end = tape_pass(tape, region->end);
    region->kind = (enum region_kind)tape_below(tape, region->kind, REGION_KINDS);
    region->committed = tape_pass(tape, region->committed);
    region->first = tape_pass(tape, region->first);
    region->areas = tape_pass(tape, region->areas);
    region->counted = tape_below(tape, region->counted, 2);
    region->live = tape_pass(tape, region->live);
    region->free = tape_pass(tape, region->free);
    tape_text(tape, region->label, sizeof region->label);
    pass_usage(tape, &region->usage);
}

/* Sorted, and made of areas that are there: how many those are comes first. */
static void pass_regions(struct tape *tape, struct regions *regions, size_t areas)
{
    uint64_t end = 0;
    areas = tape_pass(tape, areas);
    pass_usage(tape, &regions->total);
    regions->size = tape_pass(tape, regions->size);
    regions->list =
        tape_list(tape, regions->list, &regions->count, sizeof *regions->list, REGION_LEAST);
    for (size_t i = 0; i < regions->count && !tape->failed; i++) {
        struct region *region = &regions->list[i];
        pass_region(tape, region);
        if (region->start < end || region->end <= region->start || region->areas == 0 ||
            region->first >= areas || region->areas > areas - region->first)
            tape->failed = true;
        end = region->end;
    }
}

/* Who sleeps now, unless that was noted before.  The list is a new one. */
static void note_sleepers(const struct heap_model *model, struct target *target)
{
    if (target->sleepers_known)
        return;
    target->sleepers = NULL;
    target->sleeper_count = 0;
    for (size_t i = 0; model && i < model->cache_count; i++) {
        if (model->caches[i].thread)
            target_note_sleeper(target, model->caches[i].thread);
    }
}

struct tape saved_tape(const struct saved_survey *survey)
{
    struct tape tape = {.writes = true};
    struct target target = *survey->target;
    struct allocator allocator = survey->allocator;
    struct layout layout;
    struct regions regions = *survey->regions;
    layout_read(survey->target, &layout);
    note_sleepers(survey->model, &target);
    tape_pass(&tape, SAVED_VERSION);
    tape_below(&tape, target.kind == TARGET_CORE, 2);
    pass_description(&tape, &target);
    write_areas(&tape, &target.areas);
    pass_sleepers(&tape, &target);
    pass_layout(&tape, &layout);
    pass_allocator(&tape, &allocator);
    pass_regions(&tape, &regions, target.areas.count);
    tape_pass(&tape, survey->refusal);
    if (tape_pass(&tape, survey->model != NULL)) {
        struct heap_model model = *survey->model;
        saved_pass_model(&tape, &model);
    }
    if (!target.sleepers_known)
        free(target.sleepers);
    /* Something was larger than anything that can be read back. */
    if (tape.failed)
        say_and_exit(EXIT_OURS, "%s (%d) is of a size that no snapshot holds", target.name,
                     (int)target.pid);
    return tape;
}

/* Read all parts once, so that a file is refused before anything of it is shown. */
static bool check_parts(struct target *target)
{
    struct saved *saved = target->saved;
    struct regions regions = {0};
    saved->heap = saved->regions;
    pass_regions(&saved->heap, &regions, 0);
    free(regions.list);
    /* What the regions say of areas must be true of these. */
    struct tape again = saved->regions;
    if (saved->heap.failed || tape_pass(&again, 0) != target->areas.count)
        return false;
    unsigned refusal;
    struct tape rest = saved->heap;
    bool has_heap = (tape_pass(&rest, 0), tape_below(&rest, 0, 2));
    struct heap_model *model = saved_model(saved, &refusal);
    bool good = !rest.failed && has_heap == (model != NULL) &&
                (!model || model->page_size == target->page_size);
    heap_free(model);
    return good;
}

const char *saved_open(const char *path, struct target *target)
{
    struct tape tape = {0};
    tape.bytes = asnap_heap(path, &tape.size);
    if (!tape.bytes)
        return "an older ashlar made it, and kept figures only";
    struct saved *saved = calloc(1, sizeof *saved);
    if (!saved)
        say_and_exit(EXIT_OURS, "out of memory");
    target->saved = saved;
    saved->regions = tape;
    if (tape_pass(&tape, 0) != SAVED_VERSION)
        return "another version of ashlar made it";
    saved->was_core = tape_below(&tape, 0, 2);
    pass_description(&tape, target);
    read_areas(&tape, &target->areas);
    pass_sleepers(&tape, target);
    target->sleepers_known = true;
    pass_layout(&tape, &saved->layout);
    pass_allocator(&tape, &saved->allocator);
    saved->regions = tape;
    if (tape.failed || !check_parts(target))
        return "it contradicts itself";
    return NULL;
}

void saved_close(struct saved *saved)
{
    if (saved)
        free(saved->regions.bytes);
    free(saved);
}

struct regions *saved_regions(const struct saved *saved)
{
    struct tape tape = saved->regions;
    struct regions *regions = calloc(1, sizeof *regions);
    if (!regions)
        say_and_exit(EXIT_OURS, "out of memory");
    pass_regions(&tape, regions, 0);
    return regions;
}

/* NULL also for one that contradicts itself. */
struct heap_model *saved_model(const struct saved *saved, unsigned *refusal)
{
    struct tape tape = saved->heap;
    *refusal = (unsigned)tape_below(&tape, 0, 8);
    if (!tape_below(&tape, 0, 2))
        return NULL;
    struct heap_model *model = calloc(1, sizeof *model);
    if (!model)
        say_and_exit(EXIT_OURS, "out of memory");
    saved_pass_model(&tape, model);
    if (!tape.failed)
        return model;
    heap_free(model);
    return NULL;
}
