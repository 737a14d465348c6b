/*
 * ps.c - `ashlar ps`: every process, the largest first, and the allocator that serves it.
 *
 * Three things are asked of each process, and each may be refused: what everybody may see of it
 * (process.h), which files it has mapped (target.h), and what lies in its heap (heap_view.h).  A
 * process that ends between two of them is left out; one that refuses is listed with dashes.
 */
#include "ps.h"

#include "ps_view.h"
#include "say.h"
#include "target_name.h"
#include "target_words.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct request {
    struct show show;
    struct target_words targets; /* which processes; none = all */
};

/* Words are taken as they come, and looked up when the processes are known. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = &request->targets;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[PID|NAME]...",
    .children = target_children_unfrozen,
    .doc = "Tell for each process which allocator serves its malloc.\v"
           "With words, only the processes with these pids or names.  Kernel threads and zombies "
           "have no memory and are left out.\n\n"
           "LIVE is in blocks that the program has not freed, RETAINED in whole pages that hold "
           "nothing live and are still in memory; both need the right to read the process, and a "
           "heap of a kind that is known.  \"-\" stands for what is not.",
};

/* Any of the words, or no words at all. */
static bool is_wanted(const struct request *request, const struct process *process)
{
    for (int i = 0; i < request->targets.count; i++) {
        const char *word = request->targets.words[i];
        if (target_word_is_pid(word) ? atol(word) == process->pid
                                     : target_process_has_name(process->pid, word))
            return true;
    }
    return request->targets.count == 0;
}

/* Seconds for the heap of one process, and of all: who types `ashlar ps' waits for it.  A gibibyte of
 * small chunks takes about half a second. */
static const double EACH = 2, ALL = 8;

/* By a clock that nobody sets. */
static double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* False for a process that has ended meanwhile; one that may not be looked at is listed all the
 * same. */
static bool look(struct ps_row *row, double *left)
{
    enum target_refusal why;
    struct target *target = target_try(row->process.pid, &why);
    if (!target)
        return why == TARGET_DENIED || why == TARGET_FAILED;
    row->readable = true;
    allocator_find(target, &row->allocator);
    double start = seconds_now();
    row->measured = *left > 0 && heap_summarize(target, *left < EACH ? *left : EACH, &row->heap);
    row->late = row->heap.late || *left <= 0;
    *left -= seconds_now() - start;
    target_close(target);
    return true;
}

/* Equal ones by pid, so that the order is the same each time. */
static int by_resident(const void *one, const void *other)
{
    const struct ps_row *a = one, *b = other;
    if (a->process.resident != b->process.resident)
        return a->process.resident < b->process.resident ? 1 : -1;
    return (a->process.pid > b->process.pid) - (a->process.pid < b->process.pid);
}

/* The smallest first: one that is too large to be read takes the time of no other. */
static int by_size(const void *one, const void *other)
{
    const struct process *a = one, *b = other;
    return (a->resident > b->resident) - (a->resident < b->resident);
}

/* The rows are the caller's to free. */
static size_t look_at_all(const struct request *request, struct ps_row **rows)
{
    struct process *list;
    size_t count = process_list(&list), kept = 0;
    double left = ALL;
    *rows = calloc(count ? count : 1, sizeof **rows);
    if (!*rows)
        say_and_exit(EXIT_OURS, "out of memory");
    qsort(list, count, sizeof *list, by_size);
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(request, &list[i]))
            continue;
        (*rows)[kept] = (struct ps_row){.process = list[i]};
        kept += look(&(*rows)[kept], &left);
    }
    free(list);
    qsort(*rows, kept, sizeof **rows, by_resident);
    return kept;
}

/* On stderr, behind the list: dashes alone do not say what to do. */
static void say_what_is_missing(const struct request *request, const struct ps_row *rows,
                                size_t count)
{
    size_t hidden = 0, late = 0;
    for (size_t i = 0; i < count; i++) {
        hidden += !rows[i].readable;
        late += rows[i].late;
    }
    if (late > 0 && !request->show.quiet)
        say("the heaps of %zu of %zu processes are too large for a list; one alone:  ashlar "
            "explain "
            "PID",
            late, count);
    if (hidden > 0 && !request->show.quiet)
        say("%zu of %zu processes may not be looked at%s", hidden, count,
            geteuid() == 0 ? "" : ". Try: sudo ashlar ps");
}

static int run(int argc, char **argv)
{
    struct request request = {.targets = {.show = &request.show, .most = INT_MAX}};
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    struct ps_row *rows;
    size_t count = look_at_all(&request, &rows);
    if (count == 0 && request.targets.count > 0)
        say_and_exit(EXIT_OURS, "no process has the pid or name %s",
                     say_words(request.targets.words));
    switch (request.show.format) {
    case SHOW_TEXT: ps_print_text(&request.show, rows, count); break;
    case SHOW_PLAIN: ps_print_plain(&request.show, rows, count); break;
    case SHOW_JSON: ps_print_json(rows, count); break;
    }
    say_what_is_missing(&request, rows, count);
    free(rows);
    return EXIT_SUCCESS;
}

const struct verb ps_verb = {
    .group = VERB_LOOK,
    .name = "ps",
    .usage = "ps",
    .summary = "which allocator does each process use?",
    .run = run,
};
