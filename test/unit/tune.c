/*
 * The settings: where they come from and which is stronger; aliases of the GNU C library; limits of
 * mallopt; what is told of a wrong one.  P2, P5, R2, B6, issue 2 item 4.
 */
#include "unit.h"

#include "decay.h"
#include "gnu.h"
#include "tune.h"

/* The program's own settings: stronger than MALLOC_ variables, weaker than ASHLAR_ ones. */
const char *ashlar_options;

static struct tune defaults;

/* What becomes of the defaults under one or two variables, "NAME=value". */
static struct tune read_under(const char *one, const char *two, const char *own)
{
    static char copies[2][256];
    char *variables[] = {copies[0], two ? copies[1] : NULL, NULL};
    snprintf(copies[0], sizeof copies[0], "%s", one);
    snprintf(copies[1], sizeof copies[1], "%s", two ? two : "");
    struct tune before = tune;
    tune = defaults;
    ashlar_options = own;
    tune_read(variables);
    ashlar_options = NULL;
    struct tune got = tune;
    tune = before;
    return got;
}

static struct tune under(const char *variable)
{
    return read_under(variable, NULL, NULL);
}

static void defaults_are_the_textbooks(void)
{
    ok(defaults.mmap_threshold == 128 * KIB && defaults.trim_threshold == 128 * KIB &&
           defaults.top_pad == 128 * KIB && defaults.mmap_max == 65536,
       "128_KiB_and_65536_mappings (M1 M6 P1 P2)");
    ok(tune_fast_max() / (2 * WORD) * (2 * WORD) == 16 * WORD && defaults.tcache == 1 &&
           defaults.arena_max == 0 && !defaults.thresholds_fixed,
       "fast_bins_up_to_128_bytes: 64 on 32-bit (B6)");
    struct tune same = under("HOME=/nowhere");
    ok(memcmp(&same, &defaults, sizeof same) == 0, "other_variables_change_nothing");
}

static void own_settings_are_read(void)
{
    struct tune t = under("ASHLAR_OPTIONS=tcache=0,arena_max=3:top_pad=64K,,mmap_max=0x10");
    ok(t.tcache == 0 && t.arena_max == 3 && t.top_pad == 64 * KIB && t.mmap_max == 16,
       "commas_and_colons_part_them");
    t = under("ASHLAR_TRIM_THRESHOLD=-1");
    ok(t.trim_threshold == SIZE_MAX && t.thresholds_fixed, "each_has_a_variable (P5)");
    ok(!under("ASHLAR_ARENA_MAX=4").thresholds_fixed &&
           under("ASHLAR_TOP_PAD=0").thresholds_fixed &&
           under("ASHLAR_MMAP_MAX=1").thresholds_fixed &&
           under("ASHLAR_MMAP_THRESHOLD=4096").thresholds_fixed,
       "four_of_them_freeze_the_threshold (P5)");
}

static void settings_of_what_comes_back_are_read(void)
{
    ok(defaults.decay == 1000 && defaults.background == 1 && defaults.soft_limit == 0 &&
           defaults.hard_limit == 0,
       "a_second_and_no_limits (D1)");
    struct tune t = under("ASHLAR_OPTIONS=decay=0,background=0,soft_limit=1G,hard_limit=2G");
    ok(t.decay == 0 && t.background == 0 && t.soft_limit == (size_t)1 << 30 &&
           t.hard_limit == (size_t)1 << 31 && !t.thresholds_fixed,
       "decay_background_and_limits_are_read");
    ok(under("ASHLAR_DECAY=-1").decay == DECAY_NEVER && under("ASHLAR_DECAY=250").decay == 250,
       "a_decay_of_-1_is_never");
}

static void names_of_the_gnu_library_are_known(void)
{
    ok(under("MALLOC_ARENA_MAX=7").arena_max == 7 && under("MALLOC_ARENA_TEST=2").arena_test == 2 &&
           under("MALLOC_TOP_PAD_=4096").top_pad == 4096 &&
           under("MALLOC_TRIM_THRESHOLD_=1M").trim_threshold == MIB &&
           under("MALLOC_MMAP_THRESHOLD_=65536").mmap_threshold == 65536 &&
           under("MALLOC_MMAP_MAX_=5").mmap_max == 5 && under("MALLOC_PERTURB_=90").perturb == 90,
       "MALLOC_variables (R2 P2)");
    struct tune t = under("GLIBC_TUNABLES=glibc.malloc.arena_max=2:glibc.rtld.nns=4:"
                          "glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=8192");
    ok(t.arena_max == 2 && t.tcache == 0 && t.mmap_threshold == 8192, "GLIBC_TUNABLES");
    ok(under("GLIBC_TUNABLES=glibc.malloc.tcache_count=7").tcache == 1,
       "any_count_keeps_the_cache");
    struct tune bad = under("MALLOC_ARENA_MAX=many");
    ok(memcmp(&bad, &defaults, sizeof bad) == 0, "their_nonsense_is_ignored");
}

static void the_stronger_wins(void)
{
    ok(read_under("MALLOC_ARENA_MAX=3", "GLIBC_TUNABLES=glibc.malloc.arena_max=2", NULL)
               .arena_max == 3,
       "MALLOC_over_GLIBC_TUNABLES");
    ok(read_under("MALLOC_ARENA_MAX=3", NULL, "arena_max=4").arena_max == 4,
       "ashlar_options_over_MALLOC");
    ok(read_under("ASHLAR_OPTIONS=arena_max=5", NULL, "arena_max=4").arena_max == 5,
       "ASHLAR_OPTIONS_over_ashlar_options");
    ok(read_under("ASHLAR_ARENA_MAX=6", "ASHLAR_OPTIONS=arena_max=5", NULL).arena_max == 6 &&
           read_under("ASHLAR_OPTIONS=arena_max=5", "ASHLAR_ARENA_MAX=6", NULL).arena_max == 6,
       "ASHLAR_KEY_over_all");
}

static void parameters_have_limits(void)
{
    struct tune before = tune;
    ok(tune_set(M_MXFAST, 20 * (int)WORD) && tune.mxfast == 20 * WORD &&
           !tune_set(M_MXFAST, 20 * (int)WORD + 1) && !tune_set(M_MXFAST, -1) &&
           tune.mxfast == 20 * WORD,
       "M_MXFAST_stops_at_160: 80 on 32-bit (B6)");
    ok(tune_set(M_MMAP_THRESHOLD, (int)(HEAP_MAX / 2)) &&
           !tune_set(M_MMAP_THRESHOLD, (int)(HEAP_MAX / 2) + 1) && tune.thresholds_fixed,
       "M_MMAP_THRESHOLD_stops_at_32_MiB: 512_KiB on 32-bit (P2 P5)");
    tune = before;
    ok(tune_set(M_TRIM_THRESHOLD, -1) && tune.trim_threshold == SIZE_MAX, "M_TRIM_THRESHOLD_-1");
    ok(tune_set(M_MMAP_MAX, 0) && tune.mmap_max == 0, "M_MMAP_MAX_0 (P2)");
    ok(tune_set(M_ARENA_MAX, 1) && tune.arena_max == 1, "M_ARENA_MAX (R2)");
    ok(tune_set(M_PERTURB, 255) && tune.perturb == 255 && tune_set(M_PERTURB, -1) &&
           tune.perturb == 255,
       "M_PERTURB_is_one_byte");
    ok(!tune_set(4711, 1) && !tune_set(0, 1) && !tune_set(-1000, 1), "nothing_else_is_a_parameter");
    tune = before;
}

static void read_it(void *variable)
{
    read_under(variable, NULL, NULL);
}

static bool is_told(const char *variable, const char *expected)
{
    struct told t = told_by(read_it, (void *)(uintptr_t)variable);
    bool right = t.status == 0 && strcmp(t.text, expected) == 0;
    if (!right)
        note("%s: status %d, said: %s", variable, t.status, t.text);
    return right;
}

static void wrong_settings_are_told(void)
{
    ok(is_told("ASHLAR_OPTIONS=areana_max=2",
               "ashlar: unknown option \"areana_max\" - did you mean \"arena_max\"?  "
               "(ignored; strict=1 makes this fatal)\n"),
       "with_the_nearest_name");
    ok(is_told("ASHLAR_MMAP_TRESHOLD=2",
               "ashlar: unknown option \"mmap_treshold\" - did you mean \"mmap_threshold\"?  "
               "(ignored; strict=1 makes this fatal)\n"),
       "of_a_variable_too");
    ok(is_told("ASHLAR_OPTIONS=tcache=2",
               "ashlar: bad value \"2\" for \"tcache\": a number from 0 to 1 is wanted, "
               "such as 1  (ignored; strict=1 makes this fatal)\n"),
       "a_bad_value_with_its_limits");
    ok(is_told("ASHLAR_BACKGROUND=2",
               "ashlar: bad value \"2\" for \"background\": a number from 0 to 1 is wanted, "
               "such as 1  (ignored; strict=1 makes this fatal)\n"),
       "of_each_setting");
    ok(is_told("ASHLAR_OPTIONS=arena_max=2,tcache=0", "") && is_told("ASHLAR_LIBRARY=/x", ""),
       "right_ones_are_not");
    struct tune t = under("ASHLAR_OPTIONS=");
    ok(memcmp(&t, &defaults, sizeof t) == 0 && is_told("ASHLAR_OPTIONS=", ""), "nor_is_nothing");
    ok(dies_saying("ashlar: unknown option \"xxxxxxxxxxxxxx\"  (strict=1: giving up)\n", read_it,
                   (void *)(uintptr_t) "ASHLAR_OPTIONS=strict=1,xxxxxxxxxxxxxx=1"),
       "strict_makes_it_fatal");
}

int main(void)
{
    free(malloc(1));
    defaults = tune;
    defaults.perturb = 0;
    defaults_are_the_textbooks();
    own_settings_are_read();
    settings_of_what_comes_back_are_read();
    names_of_the_gnu_library_are_known();
    the_stronger_wins();
    parameters_have_limits();
    wrong_settings_are_told();
    return done();
}
