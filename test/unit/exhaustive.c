/*
 * The small functions on which everything rests, for every value they can be given: a proof by
 * trying all (CBMC, which would prove it for all values at once, is not in Debian 12).
 */
#include "unit.h"

#include "arenas.h"
#include "bins.h"
#include "bitmap.h"
#include "chunk.h"
#include "runs.h"

#include <malloc.h>

/* Every n has the class of the smallest slot that holds it. */
static void classes_and_slots(void)
{
    bool fits = true, back = true;
    for (size_t n = 1; n <= RUN_SLOT_MAX; n++) {
        unsigned sizeclass = run_class_for(n);
        fits = fits && sizeclass < RUN_CLASSES && run_slot_size(sizeclass) >= n &&
               (sizeclass == 0 || run_slot_size(sizeclass - 1) < n);
    }
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        back = back && run_class_for(run_slot_size(sizeclass)) == sizeclass &&
               run_class_of_mark(run_mark_for(sizeclass)) == sizeclass;
    ok(fits, "a_request_of_1_to_%zu_gets_the_smallest_slot_that_holds_it", (size_t)RUN_SLOT_MAX);
    ok(back && run_slot_size(RUN_CLASSES - 1) == RUN_SLOT_MAX, "a_slot's_size_leads_to_its_class");
}

/* A slot in a run of this class. */
static void *slot_of(unsigned sizeclass)
{
    void *slot = NULL;
    struct arena *a = arenas_lock(&main_arena);
    runs_take(&a->runs, sizeclass, &slot, 1);
    lock_release(&a->lock);
    return slot;
}

/* What runs.c asks of a product, for every byte of a run, with the number that the run itself has. */
static bool product_is_exact(const struct run *run)
{
    for (uint64_t offset = 0; offset < RUN_SIZE; offset++) {
        uint64_t product = offset * run->inverse;
        bool begins = (uint32_t)product < run->inverse;
        if (product >> 32 != offset / run->size || begins != (offset % run->size == 0)) {
            note("slots of %u, offset %llu", run->size, (unsigned long long)offset);
            return false;
        }
    }
    return true;
}

static void slots_of_a_run(void)
{
    bool exact = true, known = true;
    unsigned found = 0;
    free(malloc(1)); /* the library has begun */
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++) {
        char *slot = slot_of(sizeclass);
        found += slot != NULL;
        exact = exact && slot && product_is_exact(run_around(slot)) &&
                run_around(slot)->size == run_slot_size(sizeclass);
        known = known && slot && malloc_usable_size(slot) == run_slot_size(sizeclass);
    }
    ok(found == RUN_CLASSES, "every_class_has_a_run");
    ok(exact, "one_product_tells_the_slot_and_whether_it_begins_here");
    ok(known, "and_a_slot_its_size");
}

/* One byte more at a time: the chunk holds it, is aligned, and is not larger than it must be. */
static bool chunk_holds(size_t n)
{
    size_t size = chunk_size_for(n);
    return size >= CHUNK_MIN && size % CHUNK_ALIGN == 0 && size - WORD >= n &&
           (size == CHUNK_MIN || size - CHUNK_ALIGN - WORD < n);
}

static void chunks_and_bins(void)
{
    bool holds = true, rises = true;
    for (size_t n = 0; n <= 4 * MIB; n++)
        holds = holds && chunk_holds(n);
    for (size_t n = PTRDIFF_MAX - CHUNK_MIN; n > (size_t)PTRDIFF_MAX - CHUNK_MIN - 4096; n--)
        holds = holds && chunk_holds(n);
    for (size_t n = (size_t)PTRDIFF_MAX - CHUNK_MIN + 1; n <= (size_t)PTRDIFF_MAX + 4096; n++)
        holds = holds && chunk_size_for(n) == 0;
    ok(holds && chunk_size_for(SIZE_MAX) == 0, "a_chunk_holds_what_was_asked_for_and_no_more");
    for (size_t size = CHUNK_MIN; size < 8 * MIB; size += CHUNK_ALIGN)
        rises = rises && bin_index(size) <= bin_index(size + CHUNK_ALIGN) &&
                bin_index(size + CHUNK_ALIGN) <= bin_index(size) + 1 && bin_index(size) < BINS;
    ok(rises, "a_larger_chunk_is_in_the_same_bin_or_the_next");
}

/* Two words in which only a window of bits is set, and the row that a walk would find. */
struct window {
    uint64_t words[2];
    uint8_t longest[BITMAP_BYTES(2)];
};

static size_t walk(const uint64_t words[2], unsigned length)
{
    for (unsigned bit = 0, row = 0; bit < 128; bit++) {
        row = words[bit / 64] >> bit % 64 & 1 ? row + 1 : 0;
        if (row == length)
            return bit + 1 - length;
    }
    return 128;
}

/* All patterns of 14 bits from here on, rows of every length. */
static bool rows_are_found(unsigned from, bool others)
{
    enum { WINDOW = 14 };
    for (unsigned bits = 0; bits < 1u << WINDOW; bits++)
        for (unsigned length = 1; length <= WINDOW + 1; length++) {
            struct window w = {.longest = {BITMAP_ROW_MAX, BITMAP_ROW_MAX}};
            for (unsigned i = 0; i < WINDOW; i++)
                w.words[(from + i) / 64] |= (uint64_t)(bits >> i & 1) << (from + i) % 64;
            if (others) /* far away from the window: a long row in the other word */
                w.words[from < 32] |= (uint64_t)0xffff << (from < 32 ? 48 : 0);
            struct bitmap b = {w.words, w.longest, 2};
            if (bitmap_lowest_row(b, length) != walk(w.words, length)) {
                note("bits %x from %u, a row of %u", bits, from, length);
                return false;
            }
        }
    return true;
}

static void rows_of_bits(void)
{
    static const unsigned from[] = {0, 25, 50, 51, 57, 60, 63, 64, 100, 114};
    bool found = true, others = true;
    for (unsigned i = 0; i < sizeof from / sizeof *from; i++) {
        found = found && rows_are_found(from[i], false);
        others = others && rows_are_found(from[i], true);
    }
    ok(found, "the_lowest_row_of_all_patterns_of_14_bits_at_the_ends_of_words_and_across");
    ok(others, "and_beside_another_row");
}

int main(void)
{
    classes_and_slots();
    slots_of_a_run();
    chunks_and_bins();
    rows_of_bits();
    return done();
}
