/*
 * Which bytes are in memory: against pages that were touched one by one, given back, or unmapped.
 */
#include "unit.h"

#include "residence.h"
#include "sys.h"

#include <sys/mman.h>

enum { PAGES = 3000 }; /* more than one answer tells of */

static char *area;
static bool touched[PAGES];

static void touch_some(struct dice *d)
{
    for (size_t page = 0; page < PAGES; page++) {
        touched[page] = dice_below(d, 3) == 0;
        if (touched[page])
            area[page * sys_page()] = 1;
    }
}

/* By the model: byte by byte would be slow, so by the overlap with every page. */
static size_t expected(size_t start, size_t end)
{
    size_t bytes = 0;
    for (size_t page = start / sys_page(); page < PAGES && page * sys_page() < end; page++) {
        size_t from = max_size(start, page * sys_page());
        size_t to = min_size(end, (page + 1) * sys_page());
        bytes += touched[page] ? to - from : 0;
    }
    return bytes;
}

static bool is_right(struct residence *r, size_t start, size_t end)
{
    size_t found = residence_of(r, (uintptr_t)area + start, (uintptr_t)area + end);
    if (found != expected(start, end))
        note("[%zu, %zu): %zu, expected %zu", start, end, found, expected(start, end));
    return found == expected(start, end);
}

static bool pieces_are_right(struct dice *d, size_t longest)
{
    struct residence r = {.from = 0};
    bool right = true;
    for (size_t at = 0, to; at < PAGES * sys_page() && right; at = to) {
        to = min_size(at + 1 + dice_below(d, longest), PAGES * sys_page());
        right = is_right(&r, at, to);
    }
    return right;
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    struct residence r = {.from = 0};
    area = sys_map(PAGES * sys_page());
    /* A huge page would bring its neighbours with it. */
    madvise(area, PAGES * sys_page(), MADV_NOHUGEPAGE);
    touch_some(&d);
    ok(pieces_are_right(&d, 100000), "long_pieces_are_right");
    ok(pieces_are_right(&d, 500), "short_pieces_are_right");
    ok(is_right(&r, 0, PAGES * sys_page()) && is_right(&r, 5000, 5001) && is_right(&r, 7, 7),
       "going_back_is_right");
    size_t kept = 1100;
    sys_unmap(area + kept * sys_page(), (PAGES - kept) * sys_page());
    memset(touched + kept, 0, sizeof touched - kept);
    struct residence after = {.from = 0};
    ok(is_right(&after, 0, kept * sys_page()), "what_ends_early_is_right");
    return done();
}
