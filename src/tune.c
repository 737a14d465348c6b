/*
 * tune.c - the table of settings, and where their values come from.
 */
#include "tune.h"

#include "decay.h"
#include "fastbins.h"
#include "gnu.h"
#include "print.h"
#include "sys.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program may carry its own settings: const char *ashlar_options = "arena_max=1"; */
extern EXPORT const char *ashlar_options WEAK;

/* The dynamic threshold of mapped chunks begins here and never passes half a heap. */
#define MMAP_THRESHOLD (128 * KIB)
#define MMAP_THRESHOLD_LIMIT (HEAP_MAX / 2)

struct tune tune = {
    .tcache = 1,
    .arena_test = WORD == 8 ? 8 : 2,
    .top_pad = 128 * KIB,
    .trim_threshold = 128 * KIB,
    .mmap_threshold = MMAP_THRESHOLD,
    .mmap_max = 65536,
    .mxfast = 64 * WORD / 4,
    .decay = 1000,
    .background = 1,
};

static_assert(MMAP_THRESHOLD <= MMAP_THRESHOLD_LIMIT, "the default is within its limit");
static_assert(WORD != 8 || MMAP_THRESHOLD_LIMIT == 32 * MIB,
              "the dynamic threshold ends there (P5)");
static_assert(64 * WORD / 4 <= FAST_REQUEST_MAX, "fast bins hold what they are to hold by default");

/* What mallopt has no number for: no int it could be called with. */
enum { NO_PARAMETER = -1000 };

static const struct setting {
    const char *name;
    size_t *value;
    size_t limit;
    bool freezes;        /* setting it ends the dynamic threshold (P5) */
    int parameter;       /* of mallopt */
    const char *legacy;  /* the MALLOC_ variable of the GNU C library */
    const char *tunable; /* its name in GLIBC_TUNABLES, after glibc.malloc. */
} settings[] = {
    {"tcache", &tune.tcache, 1, false, NO_PARAMETER, NULL, "tcache_count"},
    {"arena_max", &tune.arena_max, INT32_MAX, false, M_ARENA_MAX, "MALLOC_ARENA_MAX", "arena_max"},
    {"arena_test", &tune.arena_test, INT32_MAX, false, M_ARENA_TEST, "MALLOC_ARENA_TEST",
     "arena_test"},
    {"top_pad", &tune.top_pad, PTRDIFF_MAX / 2, true, M_TOP_PAD, "MALLOC_TOP_PAD_", "top_pad"},
    {"trim_threshold", &tune.trim_threshold, SIZE_MAX, true, M_TRIM_THRESHOLD,
     "MALLOC_TRIM_THRESHOLD_", "trim_threshold"},
    {"mmap_threshold", &tune.mmap_threshold, MMAP_THRESHOLD_LIMIT, true, M_MMAP_THRESHOLD,
     "MALLOC_MMAP_THRESHOLD_", "mmap_threshold"},
    {"mmap_max", &tune.mmap_max, INT32_MAX, true, M_MMAP_MAX, "MALLOC_MMAP_MAX_", "mmap_max"},
    {"mxfast", &tune.mxfast, FAST_REQUEST_MAX, false, M_MXFAST, NULL, "mxfast"},
    {"decay", &tune.decay, SIZE_MAX, false, NO_PARAMETER, NULL, NULL},
    {"background", &tune.background, 1, false, NO_PARAMETER, NULL, NULL},
    {"soft_limit", &tune.soft_limit, SIZE_MAX, false, NO_PARAMETER, NULL, NULL},
    {"hard_limit", &tune.hard_limit, SIZE_MAX, false, NO_PARAMETER, NULL, NULL},
    {"thp", &tune.thp, 1, false, NO_PARAMETER, NULL, NULL},
    {"perturb", &tune.perturb, INT32_MAX, false, M_PERTURB, "MALLOC_PERTURB_", "perturb"},
    {"check", &tune.check, INT32_MAX, false, NO_PARAMETER, "MALLOC_CHECK_", "check"},
    {"guard_rate", &tune.guard_rate, INT32_MAX, false, NO_PARAMETER, NULL, NULL},
    {"deepbind", &tune.deepbind, 1, false, NO_PARAMETER, NULL, NULL},
    {"strict", &tune.strict, 1, false, NO_PARAMETER, NULL, NULL},
    {"summary", &tune.summary, INT32_MAX, false, NO_PARAMETER, NULL, NULL},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static bool assign(const struct setting *s, size_t value)
{
    if (value > s->limit)
        return false;
    *s->value = value;
    if (s->freezes)
        tune.thresholds_fixed = true;
    return true;
}

static const struct setting *find(struct word key)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (word_is(key, settings[i].name))
            return &settings[i];
    return NULL;
}

/* The name that takes the fewest changes to get to from key; NULL if none is near. */
static const char *nearest(struct word key)
{
    const char *best = NULL;
    size_t fewest = key.length / 2 + 1;
    for (size_t i = 0; i < SETTINGS; i++) {
        size_t changes = word_distance(key, settings[i].name);
        if (changes < fewest) {
            fewest = changes;
            best = settings[i].name;
        }
    }
    return best;
}

static void complain_end(struct line *l)
{
    print_text(l, tune.strict ? "  (strict=1: giving up)\n"
                              : "  (ignored; strict=1 makes this fatal)\n");
    print_out(l, STDERR_FILENO);
    if (tune.strict)
        abort();
}

static void complain_of_key(struct word key)
{
    struct line l = {.length = 0};
    char lower[64];
    const char *near = nearest(word_lower(key, lower, sizeof lower));
    print_text(&l, "ashlar: unknown option \"");
    print_foreign(&l, key.text, key.length, 64);
    print_text(&l, "\"");
    if (near) {
        print_text(&l, " - did you mean \"");
        print_text(&l, near);
        print_text(&l, "\"?");
    }
    complain_end(&l);
}

static void complain_of_value(const struct setting *s, struct word value)
{
    struct line l = {.length = 0};
    print_text(&l, "ashlar: bad value \"");
    print_foreign(&l, value.text, value.length, 64);
    print_text(&l, "\" for \"");
    print_text(&l, s->name);
    print_text(&l, "\": a number from 0 to ");
    print_number(&l, s->limit);
    print_text(&l, " is wanted, such as ");
    print_number(&l, *s->value);
    complain_end(&l);
}

/* One key and value in our own syntax. */
static void read_own(struct word key, struct word value)
{
    const struct setting *s = find(key);
    size_t number;
    if (!s)
        complain_of_key(key);
    else if (!word_number(value, &number) || !assign(s, number))
        complain_of_value(s, value);
}

/* key=value,key=value: commas and colons both part them. */
static void each_option(const char *text, void (*reader)(struct word key, struct word value))
{
    struct word rest = word_of(text);
    while (rest.length > 0) {
        struct word value = word_cut(&rest, ",:");
        struct word key = word_cut(&value, "=");
        if (key.length > 0)
            reader(key, value);
    }
}

/* strict counts for all settings, wherever it stands among them. */
static void read_strict(struct word key, struct word value)
{
    if (word_is(key, "strict") && word_is(value, "1"))
        tune.strict = 1;
}

/* ASHLAR_ARENA_MAX=2: the key in capitals. */
static void read_own_variable(struct word name, const char *value)
{
    char lower[64];
    if (word_is(name, "OPTIONS") || word_is(name, "LIBRARY") || word_is(name, "INJECT_FAIL"))
        return;
    struct word key = word_lower(name, lower, sizeof lower);
    read_own(key, word_of(value));
}

/*
 * What a number of the GNU C library's is for us: its thread cache has so many blocks or none, and
 * its checks are off, or told (1), or fatal (2, 3), whatever a call costs.
 */
static size_t translated(const struct setting *s, size_t number)
{
    enum { CHECK_EVERY = 1000, CHECK_WAYS = 3 };
    if (s->value == &tune.tcache)
        return number > 0;
    return s->value == &tune.check && number - 1 < CHECK_WAYS ? CHECK_EVERY : number;
}

/* glibc.malloc.arena_max=2:...  Its other tunables are not ours to judge. */
static void read_glibc_tunables(const char *text)
{
    struct word rest = word_of(text);
    while (rest.length > 0) {
        struct word value = word_cut(&rest, ":");
        struct word key = word_cut(&value, "=");
        size_t number;
        if (!word_skip(&key, "glibc.malloc.") || !word_number(value, &number))
            continue;
        for (size_t i = 0; i < SETTINGS; i++)
            if (settings[i].tunable && word_is(key, settings[i].tunable))
                assign(&settings[i], translated(&settings[i], number));
    }
}

static void read_legacy(struct word name, const char *value)
{
    size_t number;
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].legacy && word_is(name, settings[i].legacy) &&
            word_number(word_of(value), &number))
            assign(&settings[i], translated(&settings[i], number));
}

/* Call reader(rest of the name, value) for every variable whose name begins so. */
static void each_variable(char **environment, const char *prefix,
                          void (*reader)(struct word, const char *))
{
    for (char **entry = environment; *entry; entry++) {
        struct word rest = word_of(*entry);
        struct word name = word_cut(&rest, "=");
        if (word_skip(&name, prefix))
            reader(name, rest.text);
    }
}

static void read_named_glibc(struct word rest, const char *value)
{
    if (word_is(rest, ""))
        read_glibc_tunables(value);
}

static void read_named_options(struct word rest, const char *value)
{
    if (word_is(rest, ""))
        each_option(value, read_own);
}

static void read_strict_option(struct word rest, const char *value)
{
    if (word_is(rest, ""))
        each_option(value, read_strict);
}

static void read_strict_variable(struct word rest, const char *value)
{
    if (word_is(rest, ""))
        read_strict(word_of("strict"), word_of(value));
}

static void read_malloc_variable(struct word rest, const char *value)
{
    /* The table has the whole name; the prefix stands right before what is left of it. */
    struct word name = {rest.text - strlen("MALLOC_"), rest.length + strlen("MALLOC_")};
    assert(memcmp(name.text, "MALLOC_", strlen("MALLOC_")) == 0);
    read_legacy(name, value);
}

void tune_read(char **environment)
{
    static char *nothing[] = {NULL};
    char **trusted = sys_is_privileged() ? nothing : environment;
    each_variable(trusted, "ASHLAR_OPTIONS", read_strict_option);
    each_variable(trusted, "ASHLAR_STRICT", read_strict_variable);
    each_variable(trusted, "GLIBC_TUNABLES", read_named_glibc);
    each_variable(trusted, "MALLOC_", read_malloc_variable);
    if (&ashlar_options && ashlar_options)
        each_option(ashlar_options, read_own);
    each_variable(trusted, "ASHLAR_OPTIONS", read_named_options);
    each_variable(trusted, "ASHLAR_", read_own_variable);
}

bool tune_set(int parameter, int value)
{
    if (parameter == NO_PARAMETER)
        return false;
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].parameter == parameter)
            return assign(&settings[i], (size_t)(parameter == M_PERTURB ? value & 0xff : value));
    return false;
}
