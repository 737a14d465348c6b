/*
 * e6_give_back.c - E6: A = 30K, B = 40K, C = 200K, D = 100K; free C, free B, free D.
 *
 * Run it alone to read what it saw.  On glibc the last step fails: there free(C) raised the trim
 * threshold, and the break does not fall.  (M6 M7 P1 P5 C9 C12)
 *
 * @test both
 */
#include "look.h"

static void show(const char *step)
{
    show_heap(step);
    note("%28s RSS %ld KiB", "", rss_kib());
}

int main(void)
{
    look_begin();
    show("nothing yet");
    struct block a = block_take(30 * KIB);
    show("A = malloc(30K)");
    ok(heap_size() == first_heap_for(30 * KIB, TOP_PAD), "E6 A makes the heap");
    struct block b = block_take(40 * KIB);
    show("B = malloc(40K)");
    ok(b.p == user_above(a.p), "E6 B stands right above A");
    size_t heap = heap_size();
    struct block c = block_take(200 * KIB);
    show("C = malloc(200K)");
    ok((flags_of(c.p) & M_BIT) && heap_size() == heap, "E6 P1 C is mapped, the break stays");
    struct block d = block_take(100 * KIB);
    show("D = malloc(100K)");
    ok(d.p == user_above(b.p) && heap_size() > heap, "E6 D stands right above B, the break rose");
    heap = heap_size();

    char *was = c.p;
    long rss = rss_kib();
    block_put(&c);
    show("free(C)");
    ok(!is_mapped(was) && rss - rss_kib() >= 150, "E6 P1 free(C) returns it");
    was = b.p;
    rss = rss_kib();
    block_put(&b);
    show("free(B)");
    ok(heap_size() == heap && is_mapped(was), "E6 M7 free(B) returns nothing: D lies above it");
    b = block_take(40 * KIB);
    ok(b.p == was, "E6 M7 a request of 40K gets B again");
    block_put(&b);
    block_put(&d);
    show("free(D)");
    ok((uintptr_t)was - USER_OFFSET + chunk_size_of(was) == break_now(),
       "E6 C9 C12 B, D and the top are one");
    ok(heap_size() < heap, "E6 M6 P5 and the break falls");
    size_t top = chunk_size_of(was);
    ok(top >= TOP_PAD && top <= TOP_PAD + 2 * page_size(), "E6 M6 down to the top pad");
    block_put(&a);
    phase_ends("E6");
    return done();
}
