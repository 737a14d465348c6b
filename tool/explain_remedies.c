/*
 * explain_remedies.c - a remedy for each cause that has one.
 *
 * malloc_trim's effect is known to the page, because its rule is and the pages were counted.  What
 * a setting would do to a program that is started anew is an estimate: it takes the bytes that the
 * cause holds away and leaves everything else as it is.
 */
#include "explain_remedies.h"

#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64, COMMAND_MAX = 300 };

/* The next one of the list, which has room for all there are. */
static struct remedy *add(struct remedies *remedies, uint64_t resident, enum remedy_trust trust,
                          const char *effort)
{
    struct remedy *remedy = &remedies->list[remedies->count++];
    *remedy = (struct remedy){.resident = resident, .trust = trust, .effort = effort};
    return remedy;
}

/* The command line as a shell would have to have it; the bare name if it cannot be read, or is too
 * long to be shown. */
static void own_command(const struct target *target, char text[COMMAND_MAX])
{
    char bytes[4096], *words[WORDS_MAX + 1] = {NULL};
    FILE *file = target->kind == TARGET_PROCESS ? target_file(target, "cmdline") : NULL;
    size_t n = file ? fread(bytes, 1, sizeof bytes - 1, file) : 0, count = 0;
    if (file)
        fclose(file);
    bytes[n] = '\0';
    for (size_t i = 0; i < n && count < WORDS_MAX; i += strlen(bytes + i) + 1)
        words[count++] = bytes + i;
    char *line = count ? say_words(words) : NULL;
    bool fits = line && n + 1 < sizeof bytes && count < WORDS_MAX && strlen(line) < COMMAND_MAX;
    snprintf(text, COMMAND_MAX, "%s", fits ? line : target->name);
    free(line);
}

/* Start it anew with something before its command. */
static void start_with(const struct facts *facts, const char *before, struct remedy *remedy)
{
    char command[COMMAND_MAX];
    own_command(facts->target, command);
    snprintf(remedy->command, sizeof remedy->command, "%s %s", before, command);
}

/* Its advice differs: the variables have other names, and what is free goes back by itself. */
static bool is_libashlar(const struct facts *facts)
{
    return facts->model->allocator && strcmp(facts->model->allocator, "libashlar") == 0;
}

/* Whatever the cause is, malloc_trim's rule is known and the pages were counted. */
static void trim(const struct facts *facts, struct remedies *remedies)
{
    uint64_t bytes = facts->sums.trimmable + facts->sums.drained;
    if (!facts_matter(facts, bytes))
        return;
    struct remedy *remedy =
        add(remedies, facts_without(facts, bytes),
            facts->model->settings.has_decay ? REMEDY_ABOUT : REMEDY_EXACT, "1 line");
    snprintf(remedy->what, sizeof remedy->what, "call malloc_trim(0) after the burst");
    if (facts->target->kind == TARGET_PROCESS)
        snprintf(remedy->command, sizeof remedy->command,
                 "gdb -p %d -batch -ex 'call (int)malloc_trim(0)'", (int)facts->target->pid);
}

/* The keeper returns them; what the caches hold of idle threads goes back, too. */
static void nothing(const struct facts *facts, const struct causes *causes,
                    struct remedies *remedies)
{
    const struct cause *waits = causes_find(causes, Q014_WAITS);
    if (!waits)
        return;
    struct remedy *remedy = add(remedies, facts_without(facts, waits->bytes), REMEDY_ABOUT, "none");
    snprintf(remedy->what, sizeof remedy->what, "nothing: it goes back by itself");
}

/* What was turned off can be turned on again. */
static void decay(const struct facts *facts, const struct causes *causes, struct remedies *remedies)
{
    const struct cause *cause = causes_find(causes, Q015_NO_DECAY);
    if (!cause)
        return;
    struct remedy *remedy =
        add(remedies, facts_without(facts, cause->bytes), REMEDY_ABOUT, "a variable");
    snprintf(remedy->what, sizeof remedy->what, "let free pages go back by themselves");
    start_with(facts, "ASHLAR_DECAY=1000", remedy);
}

/* It returns whole free pages by itself a second after they were freed. */
static void libashlar(const struct facts *facts, struct remedies *remedies)
{
    if (is_libashlar(facts) || !facts_matter(facts, facts->sums.trimmable))
        return;
    struct remedy *remedy =
        add(remedies, facts_without(facts, facts->sums.trimmable), REMEDY_ABOUT, "none");
    snprintf(remedy->what, sizeof remedy->what, "run on libashlar: it returns pages by itself");
    start_with(facts, "ashlar run --", remedy);
}

/* Freezing the mmap threshold also freezes the trim threshold, so one variable mends both. */
static void thresholds(const struct facts *facts, const struct causes *causes,
                       struct remedies *remedies)
{
    const struct cause *raised = causes_find(causes, Q003_THRESHOLD_RAISED);
    const struct cause *below = causes_find(causes, Q002_BELOW_TRIM_THRESHOLD);
    if (raised) {
        struct remedy *remedy =
            add(remedies, facts_without(facts, raised->bytes), REMEDY_ABOUT, "a variable");
        snprintf(remedy->what, sizeof remedy->what, "freeze the thresholds");
        start_with(facts, "MALLOC_MMAP_THRESHOLD_=131072", remedy);
    } else if (below) {
        struct remedy *remedy =
            add(remedies, facts_without(facts, below->bytes), REMEDY_ABOUT, "a variable");
        snprintf(remedy->what, sizeof remedy->what, "trim earlier");
        start_with(facts, "MALLOC_TRIM_THRESHOLD_=65536 MALLOC_TOP_PAD_=65536", remedy);
    }
}

/* In one arena, what a thread frees the next one uses.  But blocks of many threads side by side pin
 * each other's pages: of two programs measured, one had 33 MiB instead of 44, the other as much as
 * before.  So nothing is predicted. */
static void arenas(const struct facts *facts, const struct causes *causes,
                   struct remedies *remedies)
{
    if (!causes_find(causes, Q004_IDLE_ARENAS) && !causes_find(causes, Q005_MANY_ARENAS))
        return;
    struct remedy *remedy = add(remedies, 0, REMEDY_UNKNOWN, "slower threads");
    snprintf(remedy->what, sizeof remedy->what, "one arena for all threads");
    start_with(facts, "MALLOC_ARENA_MAX=1", remedy);
}

/* Without thread caches their chunks would have been joined with their neighbours, and might still
 * share their pages with live ones: not predicted either. */
static void caches(const struct facts *facts, const struct causes *causes,
                   struct remedies *remedies)
{
    if (!causes_find(causes, Q007_HOARD) || facts->part[PART_CACHED] < facts->resident / 20)
        return;
    struct remedy *remedy = add(remedies, 0, REMEDY_UNKNOWN, "slower malloc");
    snprintf(remedy->what, sizeof remedy->what, "no caches of threads");
    start_with(facts,
               is_libashlar(facts) ? "ASHLAR_TCACHE=0"
                                   : "GLIBC_TUNABLES=glibc.malloc.tcache_count=0",
               remedy);
}

/* The threshold is the advice of most articles; under a pinned top it changes nothing. */
static void not_worth(const struct facts *facts, const struct causes *causes,
                      struct remedies *remedies)
{
    if (causes_find(causes, Q001_PINNED_TOP) && !causes_find(causes, Q002_BELOW_TRIM_THRESHOLD) &&
        !facts_matter(facts, facts->sums.trimmable_top))
        snprintf(remedies->not_worth, sizeof remedies->not_worth,
                 "not worth it here: M_TRIM_THRESHOLD, because the heap is pinned (Q001), its end "
                 "is nearly all in use");
}

void remedies_find(const struct facts *facts, const struct causes *causes,
                   struct remedies *remedies)
{
    memset(remedies, 0, sizeof *remedies);
    nothing(facts, causes, remedies);
    trim(facts, remedies);
    decay(facts, causes, remedies);
    libashlar(facts, remedies);
    thresholds(facts, causes, remedies);
    arenas(facts, causes, remedies);
    caches(facts, causes, remedies);
    not_worth(facts, causes, remedies);
}
