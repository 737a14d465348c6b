/*
 * metrics.c - `ashlar metrics`: one exposition of OpenMetrics text for one or more targets.
 *
 *     # TYPE ashlar_live_bytes gauge
 *     # UNIT ashlar_live_bytes bytes
 *     # HELP ashlar_live_bytes In blocks that the program has not freed.
 *     ashlar_live_bytes{pid="16333",process="frag",allocator="glibc 2.36"} 5033164
 *     # EOF
 *
 * https://prometheus.io/docs/specs/om/open_metrics_spec: a family's lines stand together, a unit
 * is the end of the name, backslash, quote and line feed are escaped in labels.
 */

#include "metrics.h"

#include "account_json.h"
#include "json_out.h"
#include "say.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    struct show show;
    struct target_words targets;
};

/* argp's parser; see <argp.h>. */
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
    .args_doc = "TARGET...",
    .children = target_children,
    .doc = "Print the memory of TARGETs as OpenMetrics text, for Prometheus and its kin.\v"
           "TARGET is a pid, the name that only one process has, a core file or a snapshot.  "
           "Nothing is stopped.  Figures of malloc are left out where the heap cannot be read.",
};

/* What one family tells. */
enum source {
    OF_PROCESS,
    OF_HEAP,  /* only where the heap is known */
    OF_PART,  /* one line for each part of RSS; malloc's parts need a known heap */
    OF_ARENA, /* one line for each arena */
};

/* Names keep their meaning for ever: dashboards are built on them. */
static const struct family {
    const char *name; /* ends in the unit where it has one */
    const char *unit; /* or empty */
    const char *help;
    enum source source;
    size_t at; /* of the value in struct account or struct account_arena */
} families[] = {
    {"ashlar_resident_bytes", "bytes", "Memory of the process, as the kernel counts it (RSS).",
     OF_PROCESS, offsetof(struct account, resident)},
    {"ashlar_virtual_bytes", "bytes", "Address space of the process.", OF_PROCESS,
     offsetof(struct account, size)},
    {"ashlar_part_bytes", "bytes", "Parts that add up to ashlar_resident_bytes.", OF_PART, 0},
    {"ashlar_live_bytes", "bytes", "In blocks that the program has not freed.", OF_HEAP,
     offsetof(struct account, live)},
    {"ashlar_live_blocks", "", "Blocks that the program has not freed.", OF_HEAP,
     offsetof(struct account, live_blocks)},
    {"ashlar_retained_bytes", "bytes", "Free and in memory; malloc_trim would return it.", OF_HEAP,
     offsetof(struct account, retained)},
    {"ashlar_cached_bytes", "bytes", "Free, in the caches of threads.", OF_HEAP,
     offsetof(struct account, cached)},
    {"ashlar_free_bytes", "bytes", "Free, in bins of arenas.", OF_HEAP,
     offsetof(struct account, free)},
    {"ashlar_mapped_bytes", "bytes", "Address space that malloc has from the kernel.", OF_HEAP,
     offsetof(struct account, mapped)},
    {"ashlar_arena_mapped_bytes", "bytes", "Address space of the arena.", OF_ARENA,
     offsetof(struct account_arena, mapped)},
    {"ashlar_arena_resident_bytes", "bytes", "Memory of the arena.", OF_ARENA,
     offsetof(struct account_arena, resident)},
    {"ashlar_arena_live_bytes", "bytes", "In live blocks of the arena.", OF_ARENA,
     offsetof(struct account_arena, live)},
    {"ashlar_arena_free_bytes", "bytes", "In the arena's bins.", OF_ARENA,
     offsetof(struct account_arena, free)},
    {"ashlar_arena_retained_bytes", "bytes", "What malloc_trim would return of the arena.",
     OF_ARENA, offsetof(struct account_arena, retained)},
    {"ashlar_arena_threads", "", "Threads that allocate from the arena.", OF_ARENA,
     offsetof(struct account_arena, threads)},
};

/* The figure that a family tells, out of an account or an arena. */
static uint64_t value_at(const void *structure, size_t at)
{
    uint64_t value;
    memcpy(&value, (const char *)structure + at, sizeof value);
    return value;
}

/* name="value", what the format gives a meaning to escaped; control characters are gone already. */
static void print_label(const char *name, const char *value)
{
    static const struct show utf8 = {.utf8 = true};
    char text[SHOW_NAME];
    printf("%s=\"", name);
    for (const char *at = show_name(&utf8, value, text); *at; at++) {
        if (*at == '"' || *at == '\\')
            putchar('\\');
        putchar(*at);
    }
    putchar('"');
}

/* One line; a label of its own may tell which part or arena. */
static void print_sample(const struct family *family, const struct account *account,
                         const char *label, const char *which, uint64_t value)
{
    printf("%s{pid=\"%d\",", family->name, (int)account->pid);
    print_label("process", account->name);
    putchar(',');
    print_label("allocator", account->allocator);
    if (label) {
        putchar(',');
        print_label(label, which);
    }
    printf("} %" PRIu64 "\n", value);
}

/* The lines of one family that belong to one process; none where its heap is unknown. */
static void print_samples(const struct family *family, const struct account *account)
{
    switch (family->source) {
    case OF_HEAP:
        if (!account->heap_known)
            return;
        /* fall through */
    case OF_PROCESS:
        print_sample(family, account, NULL, NULL, value_at(account, family->at));
        return;
    case OF_PART:
        if (!account->heap_known)
            return;
        for (int part = 0; part < PARTS; part++)
            print_sample(family, account, "part", facts_part_word((enum fact_part)part),
                         account->part[part]);
        return;
    case OF_ARENA:
        for (size_t i = 0; i < account->arena_count; i++)
            print_sample(family, account, "arena", account->arenas[i].name,
                         value_at(&account->arenas[i], family->at));
    }
}

/* Family by family, as the format wants it. */
static void print_text(const struct account *accounts, int count)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const struct family *family = &families[i];
        printf("# TYPE %s gauge\n", family->name);
        if (family->unit[0])
            printf("# UNIT %s %s\n", family->name, family->unit);
        printf("# HELP %s %s\n", family->name, family->help);
        for (int k = 0; k < count; k++)
            print_samples(family, &accounts[k]);
    }
    puts("# EOF");
}

/* An account, and whose it is. */
static json_t *json_process(const struct account *account)
{
    json_t *object = json_object();
    json_put(object, "pid", json_integer(account->pid));
    json_put(object, "name", json_name(account->name));
    json_put(object, "read_at", json_string(account->read_at));
    account_to_json(account, object);
    return object;
}

/* For those who would rather not parse the text: accounts as snapshots have them. */
static void print_json(const struct account *accounts, int count)
{
    json_t *document = json_document("ashlar.metrics/1"), *array = json_array();
    for (int i = 0; i < count; i++)
        json_append(array, json_process(&accounts[i]));
    json_put(document, "processes", array);
    json_print(document);
}

/* Exits with a sentence if the target cannot be looked at: a scrape that is half there would look
 * as if the other half were zero. */
static void look(const struct target_words *asked, const char *word, struct account *account)
{
    account_of(asked, word, account);
    if (!account->heap_known && !asked->show->quiet)
        say("the heap of %s (%d) cannot be read: figures of malloc are left out", account->name,
            (int)account->pid);
}

/* A process that is named twice is one process: its lines must not come twice. */
static int look_at_all(const struct request *request, struct account *accounts)
{
    int count = 0;
    for (int i = 0; i < request->targets.count; i++) {
        look(&request->targets, request->targets.words[i], &accounts[count]);
        bool again = false;
        for (int k = 0; k < count; k++)
            again = again || accounts[k].pid == accounts[count].pid;
        if (again)
            account_free(&accounts[count]);
        else
            count++;
    }
    return count;
}

/* All targets are looked at before a line is printed. */
static int run(int argc, char **argv)
{
    struct request request = {.targets = {.show = &request.show, .least = 1, .most = INT_MAX}};
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    struct account *accounts = calloc((size_t)request.targets.count, sizeof *accounts);
    if (!accounts)
        say_and_exit(EXIT_OURS, "out of memory");
    int count = look_at_all(&request, accounts);
    if (request.show.format == SHOW_JSON)
        print_json(accounts, count);
    else
        print_text(accounts, count);
    for (int i = 0; i < count; i++)
        account_free(&accounts[i]);
    free(accounts);
    return EXIT_SUCCESS;
}

const struct verb metrics_verb = {
    .group = VERB_LOOK,
    .name = "metrics",
    .usage = "metrics TARGET...",
    .summary = "figures for Prometheus (OpenMetrics text)",
    .run = run,
};
