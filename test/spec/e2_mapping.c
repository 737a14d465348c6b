/*
 * e2_mapping.c - E2: a private anonymous mapping of 132 KiB comes and goes.
 *
 * Run it alone to read what it saw.  (V5)
 *
 * @test both
 */
#include "look.h"

int main(void)
{
    struct region r;
    size_t n = 132 * KIB;
    look_begin();
    size_t before = look_at_maps();
    note("pid %d, %zu regions", (int)getpid(), before);
    char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ok(p != MAP_FAILED, "E2 mmap gives 132 KiB");
    ok(region_of(p, &r) && region_readable_writable(&r) && region_size(&r) >= n,
       "E2 they are in maps, rw-p, alone or joined with a neighbour");
    show_region("after mmap", &r);
    ok(p[0] == 0 && p[n - 1] == 0, "E2 they are zero");
    fill(p, n, 2);
    ok(holds(p, n, 2), "E2 they can be written and read");
    ok(munmap(p, n) == 0, "E2 munmap takes them back");
    ok(!is_mapped(p) && !is_mapped(p + n - 1), "E2 they are gone from maps");
    note("after munmap %zu regions", look_at_maps());
    return done();
}
