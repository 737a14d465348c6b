/*
 * Large chunks of the heap: their sizes, and the page where their users' bytes ended.  D5, M5.
 */
#include "unit.h"

#include "arenas.h"
#include "check.h"
#include "coarse.h"
#include "sys.h"
#include "tune.h"

static void sizes_are_coarse(void)
{
    ok(coarse_size(2 * MIB - 16) == 2 * MIB - 16, "below_2_MiB_they_are_as_asked");
    ok(coarse_size(2 * MIB + 16) == 2 * MIB + 256 * KIB, "then_multiples_of_256_KiB");
    ok(coarse_size(8 * MIB + 16) == 9 * MIB, "and_of_a_MiB");
    tune.tcache = 0;
    ok(coarse_size(8 * MIB + 16) == 8 * MIB + 16, "never_in_classic_mode (A)");
    tune.tcache = 1;
}

static struct chunk *take(size_t size)
{
    size_t dirty;
    lock_take(&main_arena.lock);
    struct chunk *c = arena_take_binned(&main_arena, coarse_size(size));
    if (!c)
        c = arena_take_fresh(&main_arena, coarse_size(size), &dirty);
    if (c)
        coarse_note(c, size);
    lock_release(&main_arena.lock);
    return c;
}

static void put(struct chunk *c)
{
    lock_take(&main_arena.lock);
    arena_put(&main_arena, c);
    lock_release(&main_arena.lock);
}

static bool is_resident(const char *byte)
{
    return sys_resident((char *)align_down((uintptr_t)byte, sys_page()), sys_page()) > 0;
}

/* Touch the first and the last byte of n, and one between; whether the last one's page goes. */
static bool end_goes(size_t n)
{
    struct chunk *c = take(chunk_size_for(n));
    char *user = chunk_user(c);
    user[0] = user[n / 2] = user[n - 1] = 1;
    bool was_there = is_resident(user + n - 1);
    put(c);
    return was_there && !is_resident(user + n - 1) && is_resident(user + n / 2);
}

/* The ends of requests around a page's boundary, where the last byte is in this page or the next. */
static void the_last_page_goes(void)
{
    unsigned missed = 0;
    /* Free memory below a chunk in use: nothing that is put there joins the top. */
    struct chunk *below = take(6 * MIB), *pin = take(2 * MIB);
    put(below);
    for (size_t n = 5 * MIB + 100 * KIB - 40; n < 5 * MIB + 100 * KIB + 40; n++)
        missed += !end_goes(n);
    ok(missed == 0, "the_last_page_goes_back (%u of 80 did not)", missed);
    put(pin);
    ok(check_all() == 0, "and_the_heap_is_whole");
}

/* The user may fill all there is, the note as well. */
static void a_note_is_not_trusted(void)
{
    struct chunk *c = take(3 * MIB + 16), *pin = take(2 * MIB);
    size_t usable = chunk_usable(c);
    memset(chunk_user(c), 0xff, usable);
    put(c);
    ok(check_all() == 0, "a_note_of_ones_does_nothing");
    c = take(3 * MIB + 16);
    char *last = (char *)chunk_user(c) + usable - WORD;
    /* As plausible as can be: the page it names is part of what is freed. */
    *(size_t *)(void *)last = chunk_size(c) - 16;
    put(c);
    ok(check_all() == 0, "a_false_one_gives_back_freed_memory_only");
    put(pin);
}

int main(void)
{
    free(malloc(1));
    sizes_are_coarse();
    the_last_page_goes();
    a_note_is_not_trusted();
    return done();
}
