/*
 * glibc_arenas.c - the ring of arenas, and as many tries for each as it takes.
 *
 * A try is cheap and the target is never stopped, so an arena that moved is simply read again,
 * after a moment that doubles each time.  Two tries that stumble over the same place, while not a
 * byte of the arena's state changed in between, mean that the place is damaged and not in motion.
 */
#include "glibc_arenas.h"

#include "budget.h"
#include "freeze.h"
#include "glibc_segments.h"
#include "memory.h"
#include "say.h"
#include "target_sleep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ARENAS_MAX = 4096, /* eight for each core of a large machine, and some */
    TRIES = 6,         /* for one arena: 62 ms of waiting in all */
    TRIES_FROZEN = 3,  /* nothing moves: the third tells damage from what was under way */
    REREADS_MAX = 60,  /* of all arenas: a second or two, however many arenas are in motion */
};

/* What the model had before an arena was tried. */
struct before {
    size_t segments, places, marks;
};

/* Back to where we were before the arena, with nothing remembered of the target's memory. */
static void forget(struct glibc_reader *reader, const struct before *before)
{
    glibc_segments_drop(reader, before->segments);
    reader->places.count = before->places;
    reader->marks.count = before->marks;
    reader->notes.count = 0;
    peek_forget(reader->walk);
    peek_forget(reader->links);
}

/* Bins tell where each free chunk is; that they and the walk agree is the proof of both. */
static void name_bins(struct glibc_reader *reader)
{
    for (size_t i = 0; i < reader->notes.count; i++) {
        const struct glibc_note *note = &reader->notes.list[i];
        heap_restate(&reader->model->segments[note->segment], note->index, HEAP_FREE, note->bin);
    }
}

/* Returns false, so that a caller can say and fail in one line. */
static bool trouble_is(struct glibc_trouble *trouble, uint64_t at, const char *complaint)
{
    trouble->at = at;
    snprintf(trouble->complaint, sizeof trouble->complaint, "%s", complaint);
    return false;
}

/* One try: the state, its segments, its bins, its fast bins. */
static bool try_arena(struct glibc_reader *reader, size_t index, struct glibc_arena *arena,
                      struct glibc_trouble *trouble)
{
    const struct before before = {reader->model->segment_count, 0, reader->marks.count};
    uint64_t at = reader->model->arenas[index].at;
    if (!glibc_arena_read(reader->target, &reader->state, at, arena))
        return trouble_is(trouble, at, "it cannot be read");
    bool good = at == reader->state.main ? glibc_segments_main(reader, index, arena, trouble)
                                         : glibc_segments_thread(reader, index, arena, trouble);
    struct glibc_trouble bins = {.at = at};
    bool listed = glibc_bins_follow(&reader->state, arena, &reader->notes, bins.complaint);
    name_bins(reader);
    if (good && !listed)
        *trouble = bins;
    bool fast =
        glibc_fast_follow(reader->links, &reader->state, arena, reader->mangled, &reader->marks);
    bool met = glibc_marks_apply(reader, before.marks, before.segments) == 0;
    if (good && listed && !(fast && met))
        return trouble_is(trouble, at, "a fast bin leads to no chunk in use");
    return good && listed;
}

/* Two tries in a row that stumble over the same thing, while the arena stood still: damage. */
static bool same_trouble(const struct glibc_trouble *a, const struct glibc_trouble *b)
{
    return a->at == b->at && strcmp(a->complaint, b->complaint) == 0;
}

/* A thread that was interrupted inside malloc leaves an arena half done, for as long as the
 * scheduler lets it wait.  It holds the arena's lock; but a process with one thread takes none,
 * and then all that is known is whether it sleeps. */
static bool is_inside_malloc(const struct target *target, const struct glibc_arena *state)
{
    uint32_t lock;
    char line[1024] = "";
    long threads = 0;
    memcpy(&lock, state->bytes, sizeof lock);
    FILE *stat = target->kind == TARGET_PROCESS ? target_file(target, "stat") : NULL;
    if (stat && fgets(line, sizeof line, stat)) {
        /* The name before it may hold anything; the number of threads is the 18th field behind. */
        const char *behind = strrchr(line, ')');
        if (!behind || sscanf(behind,
                              ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
                              "%*d %*d %ld",
                              &threads) != 1)
            threads = 0;
    }
    if (stat)
        fclose(stat);
    return lock != 0 || (threads == 1 && !target_thread_sleeps(target, target->pid));
}

/* A target that allocates all the time is left alone for a moment, each time a longer one. */
static void wait_a_moment(struct glibc_reader *reader, unsigned tries)
{
    struct timespec moment = {.tv_nsec = 1000000L << tries};
    if (!freeze_holds(reader->target))
        nanosleep(&moment, NULL);
    target_refresh(reader->target);
    reader->model->rereads++;
}

/* What the state itself tells, for those who show it. */
static void describe(const struct glibc_reader *reader, const struct glibc_arena *state,
                     struct heap_arena *arena)
{
    uint64_t head;
    arena->system_bytes = glibc_arena_word(state, reader->state.arena->system);
    arena->threads = glibc_arena_word(state, reader->state.arena->threads);
    arena->top = glibc_arena_top(&reader->state, state);
    if (arena->top == glibc_bin_head(&reader->state, state->at, 1))
        arena->top = 0;
    if (arena->top && peek_word(reader->walk, arena->top + GLIBC_WORD, &head))
        arena->top_size = head & ~(uint64_t)7;
}

/* Try until it is consistent, or until it stands still and is not: that is damage.  What the
 * last try walked stays in the model in each case. */
static void read_arena(struct glibc_reader *reader, size_t index)
{
    const struct before before = {reader->model->segment_count, reader->places.count,
                                  reader->marks.count};
    struct glibc_trouble trouble = {0}, last = {0};
    struct glibc_arena state = {0}, old = {0};
    bool good = false, steady = false;
    unsigned tries = 0, most = freeze_holds(reader->target) ? TRIES_FROZEN : TRIES;
    while (!good && !steady && tries < most && !(tries && budget_is_over()) &&
           (tries == 0 || reader->model->rereads < REREADS_MAX)) {
        if (tries)
            wait_a_moment(reader, tries);
        forget(reader, &before);
        last = trouble;
        old = state;
        trouble = (struct glibc_trouble){0};
        good = try_arena(reader, index, &state, &trouble);
        steady = tries >= 2 && same_trouble(&trouble, &last) &&
                 memcmp(old.bytes, state.bytes, sizeof state.bytes) == 0 &&
                 !is_inside_malloc(reader->target, &state);
        tries++;
    }
    struct heap_arena *arena = &reader->model->arenas[index];
    describe(reader, &state, arena);
    arena->segments = reader->model->segment_count - before.segments;
    arena->reads = tries;
    arena->broken = !good && steady;
    arena->torn = !good && !steady;
    arena->broken_at = good ? 0 : trouble.at;
    memcpy(arena->complaint, trouble.complaint, sizeof arena->complaint);
}

/* Follow the ring once, so that the arenas are known before the long work begins.  An arena that
 * is made meanwhile is not seen, and is no mistake: it was not there when we looked. */
static void list_ring(struct glibc_reader *reader)
{
    struct heap_model *model = reader->model;
    uint64_t at = reader->state.main;
    model->arenas = calloc(ARENAS_MAX, sizeof *model->arenas);
    if (!model->arenas)
        say_and_exit(EXIT_OURS, "out of memory");
    do {
        struct heap_arena *arena = &model->arenas[model->arena_count];
        arena->at = at;
        arena->is_main = model->arena_count == 0;
        if (arena->is_main)
            strcpy(arena->name, "main");
        else
            snprintf(arena->name, sizeof arena->name, "%zu", model->arena_count);
        model->arena_count++;
        if (!memory_read_word(reader->target, at + reader->state.arena->next, &at))
            break;
    } while (at != reader->state.main && model->arena_count < ARENAS_MAX);
}

void glibc_arenas_read(struct glibc_reader *reader)
{
    list_ring(reader);
    for (size_t i = 0; i < reader->model->arena_count && !budget_is_over(); i++)
        read_arena(reader, i);
}
