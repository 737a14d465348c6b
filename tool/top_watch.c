/*
 * top_watch.c - ticks and readings; knows nothing of the terminal.
 *
 *     tick     statm            ->  a sample: RSS now, live and retained as they were read last
 *     reading  heap and smaps   ->  account, verdict, advice, cells
 *
 * Between two readings the graph of live bytes is a level line; the last line of the screen tells
 * how long that may be.
 */
#include "top_watch.h"

#include "output.h"
#include "snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How much longer than a reading the pause behind it is: half a percent of one processor. */
enum { PAUSE_FACTOR = 200 };

/* Of whichever clock: the wall's, or the one that counts our own work. */
static double seconds_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double top_now(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

/* The first tenth of a second is not judged: starting costs more than watching. */
double top_own_share(const struct top_watch *watch)
{
    double wall = top_now() - watch->started;
    return wall > 0.1 ? 100 * seconds_of(CLOCK_PROCESS_CPUTIME_ID) / wall : 0;
}

double top_pause(const struct top_watch *watch)
{
    return PAUSE_FACTOR * watch->read_in;
}

const struct top_sample *top_sample(const struct top_watch *watch, size_t back)
{
    if (back >= watch->ticks || back >= TOP_HISTORY)
        return NULL;
    return &watch->history[(watch->ticks - 1 - back) % TOP_HISTORY];
}

/* The arena that has most from the kernel, or the model's count if there is none. */
static size_t largest_arena(const struct heap_model *model)
{
    size_t best = model->arena_count;
    for (size_t i = 0; i < model->arena_count; i++) {
        if (best == model->arena_count ||
            model->arenas[i].sums.mapped > model->arenas[best].sums.mapped)
            best = i;
    }
    return best;
}

/* Spread size bytes that begin at offset over the cells they lie in. */
static void add_live(struct top_watch *watch, uint64_t offset, uint64_t size, uint64_t cell)
{
    while (size > 0 && offset / cell < TOP_CELLS) {
        uint64_t room = cell - offset % cell, part = size < room ? size : room;
        watch->cells[offset / cell].live += part;
        offset += part;
        size -= part;
    }
}

/* The arena's segments wall to wall, whatever gaps lie between them. */
static void add_segment(struct top_watch *watch, const struct heap_segment *segment,
                        uint64_t before, uint64_t cell)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    while (heap_next(&cursor, &chunk)) {
        uint64_t offset = before + chunk.at - segment->start;
        if (chunk.state == HEAP_TOP && offset / cell < TOP_CELLS)
            watch->cells[offset / cell].is_top = true;
        else if (!heap_is_free(chunk.state))
            add_live(watch, offset, chunk.size, cell);
    }
}

/* Divide the largest arena into TOP_CELLS pieces of one size. */
static void make_cells(struct top_watch *watch, const struct heap_model *model)
{
    size_t arena = largest_arena(model);
    uint64_t whole = 0, before = 0;
    memset(watch->cells, 0, sizeof watch->cells);
    watch->cell_count = 0;
    if (arena == model->arena_count)
        return;
    const struct heap_segment *first = &model->segments[heap_first_segment(model, arena)];
    size_t count = model->arenas[arena].segments;
    for (size_t i = 0; i < count; i++)
        whole += first[i].end - first[i].start;
    uint64_t cell = whole / TOP_CELLS + 1;
    for (size_t i = 0; i < count; i++) {
        add_segment(watch, &first[i], before, cell);
        before += first[i].end - first[i].start;
    }
    watch->cell_count = (size_t)((whole + cell - 1) / cell);
    for (size_t i = 0; i < watch->cell_count; i++)
        watch->cells[i].size = cell;
    snprintf(watch->map_arena, sizeof watch->map_arena, "%s", model->arenas[arena].name);
}

/* "Q001 pinned top. Try: call malloc_trim(0) ...". */
static void make_advice(struct top_watch *watch, const struct survey *survey)
{
    const struct cause *cause = &survey->causes.list[0];
    int n = snprintf(watch->advice, sizeof watch->advice, "Q%03u %s.", (unsigned)cause->code,
                     explain_code_text(cause->code)->title);
    if (survey->remedies.count > 0)
        snprintf(watch->advice + n, sizeof watch->advice - (size_t)n, " Try: %s.",
                 survey->remedies.list[0].what);
}

/* The verdict of explain speaks of a malloc that was read; of another it would say that nothing is
 * live, which is not known. */
static void judge(struct top_watch *watch, const struct survey *survey)
{
    struct explanation explanation = survey_explanation(survey, watch->show);
    if (survey->heap_known) {
        explain_verdict(&explanation, watch->verdict);
        make_advice(watch, survey);
        return;
    }
    snprintf(watch->verdict, sizeof watch->verdict, "The heap of %s cannot be read here.",
             watch->account.allocator);
    snprintf(watch->advice, sizeof watch->advice, "RSS and regions (F3) are shown all the same.");
}

/* Read the heap and judge.  False if the process is gone; the old account then stays. */
static bool read_heap(struct top_watch *watch)
{
    struct survey survey;
    double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    if (!survey_take(watch->target, watch->show, &survey))
        return false;
    account_free(&watch->account);
    account_take(&survey, &watch->account);
    top_details_free(&watch->details);
    top_details_make(&survey, &watch->details);
    judge(watch, &survey);
    make_cells(watch, survey.model);
    survey_free(&survey);
    watch->read_at = top_now();
    watch->read_in = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before;
    return true;
}

/* The second number of statm, in pages; 0 for a process that has ended or is a zombie. */
static uint64_t resident_now(const struct target *target)
{
    uint64_t pages = 0;
    FILE *file = target_file(target, "statm");
    if (!file)
        return 0;
    if (fscanf(file, "%*u %" SCNu64, &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * target->page_size;
}

const char *top_keep(struct top_watch *watch, char name[NAME_MAX + 1])
{
    struct survey survey;
    if (watch->ended || !survey_take(watch->target, watch->show, &survey))
        return NULL;
    output_name(watch->target, "asnap", name);
    snapshot_write(&survey, watch->show, name);
    survey_free(&survey);
    return name;
}

/* A core file has no now. */
void top_tick(struct top_watch *watch)
{
    if (watch->ended)
        return;
    bool is_core = watch->target->kind == TARGET_CORE;
    uint64_t resident = is_core ? watch->account.resident : resident_now(watch->target);
    bool due = !is_core && top_now() >= watch->read_at + top_pause(watch);
    if (resident == 0 || (due && !read_heap(watch))) {
        watch->ended = true;
        return;
    }
    watch->history[watch->ticks++ % TOP_HISTORY] =
        (struct top_sample){resident, watch->account.live, watch->account.retained};
}

/* The first reading is made at once: an empty picture tells nothing. */
bool top_begin(struct top_watch *watch, struct target *target, const struct show *show)
{
    memset(watch, 0, sizeof *watch);
    watch->target = target;
    watch->show = show;
    watch->started = top_now();
    if (!read_heap(watch))
        return false;
    top_tick(watch);
    return true;
}

void top_end(struct top_watch *watch)
{
    account_free(&watch->account);
    top_details_free(&watch->details);
}
