/*
 * heap_bins_text.c - where free chunks wait, and the sizes of live and free ones, with bars.
 *
 * The bars of one table have one scale: the whole of it for bins, the largest class for sizes.
 */
#include "heap_bins.h"
#include "heap_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns of the tables, negative ones right-aligned; 80 together.  48 classes of sizes reach
 * beyond any address space. */
enum { NAME = 15, RANGE = 25, COUNT = 10, BYTES = -11, BAR = 17, CLASSES = 48 };

/* In bytes always: bins differ by 16. */
static void print_range(uint64_t smallest, uint64_t largest)
{
    char text[2 * SHOW_NUMBER + 8] = "-";
    if (largest && smallest == largest)
        snprintf(text, sizeof text, "%" PRIu64, smallest);
    else if (largest)
        snprintf(text, sizeof text, "%" PRIu64 " to %" PRIu64, smallest, largest);
    show_padded(stdout, text, RANGE);
}

/* One bin or shelf: name, sizes, chunks, bytes, bar. */
static void print_row(const struct heap_look *look, const char *name, const struct heap_sum *sum,
                      uint64_t smallest, uint64_t largest, uint64_t whole)
{
    char size[SHOW_NUMBER];
    show_padded(stdout, name, NAME);
    print_range(smallest, largest);
    printf("%*" PRIu64, COUNT, sum->count);
    show_padded(stdout, show_size(&look->request->show, sum->bytes, size), BYTES);
    printf("  ");
    show_bar(&look->request->show, stdout, sum->bytes, whole, BAR);
    putchar('\n');
}

/* All bins of a shelf that are not empty. */
static void print_each(const struct heap_look *look, const struct heap_bins *bins,
                       enum heap_shelf shelf, uint64_t whole)
{
    for (unsigned bin = 0; bin < HEAP_BINS; bin++) {
        char name[32];
        const struct heap_sum *sum = &bins->of[shelf][bin];
        if (sum->count)
            print_row(look, heap_bin_name(shelf, bin, name), sum, bins->smallest[shelf][bin],
                      bins->largest[shelf][bin], whole);
    }
}

void heap_print_bins(const struct heap_look *look)
{
    struct heap_bins *bins = malloc(sizeof *bins);
    uint64_t whole = 0, smallest, largest;
    if (!bins)
        return;
    heap_bins_count(look->model, look->arena, bins);
    for (enum heap_shelf shelf = 0; shelf < SHELVES; shelf++)
        whole += heap_bins_shelf(bins, shelf, &smallest, &largest).bytes;
    printf("\n%s%-*s%-*s%*s%*s%s\n", show_style(&look->request->show, STYLE_BOLD), NAME, "BIN",
           RANGE, "SIZES", COUNT, "CHUNKS", -BYTES, "BYTES",
           show_style(&look->request->show, STYLE_NONE));
    for (enum heap_shelf shelf = 0; shelf < SHELVES; shelf++) {
        struct heap_sum sum = heap_bins_shelf(bins, shelf, &smallest, &largest);
        if (look->request->all_bins)
            print_each(look, bins, shelf, whole);
        else if (shelf != SHELF_FAST || look->model->has_fast_bins)
            print_row(look, heap_shelf_name(shelf), &sum, smallest, largest, whole);
    }
    free(bins);
}

/* Sizes up to each power of two, and beyond one thirds more: 32, 48, 64, 96, 128 ... */
static uint64_t class_end(unsigned class)
{
    uint64_t power = (uint64_t)32 << class / 2;
    return class % 2 ? power + power / 2 : power;
}

/* What one line of the histogram counts. */
struct size_class {
    struct heap_sum live, free;
};

/* Live blocks and free ones; the top and malloc's own chunks have no size that anybody asked
 * for. */
static void count(struct size_class *classes, const struct heap_chunk *chunk)
{
    unsigned class = 0;
    while (class < CLASSES - 1 && chunk->size > class_end(class))
        class ++;
    bool live = heap_is_live(chunk->state);
    if (!live && (!heap_is_free(chunk->state) || chunk->state == HEAP_TOP))
        return;
    struct heap_sum *sum = live ? &classes[class].live : &classes[class].free;
    sum->count++;
    sum->bytes += chunk->size;
}

/* The mapped chunks belong to no arena and are counted when all are wanted. */
static void count_all(const struct heap_look *look, struct size_class *classes)
{
    for (size_t i = 0; i < look->model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&look->model->segments[i]);
        struct heap_chunk chunk;
        while (heap_wants(look, look->model->segments[i].arena) && heap_next(&cursor, &chunk))
            count(classes, &chunk);
    }
    for (size_t i = 0; look->arena == SIZE_MAX && i < look->model->mapped_count; i++)
        count(classes, &look->model->mapped[i].chunk);
}

/* One size class, its live and its free chunks. */
static void print_class(const struct heap_look *look, const struct size_class *class, unsigned i,
                        uint64_t most)
{
    char size[SHOW_NUMBER], live[SHOW_NUMBER], idle[SHOW_NUMBER];
    const struct show *show = &look->request->show;
    show_padded(stdout, show_size(show, class_end(i), size), -12);
    printf("%10" PRIu64, class->live.count);
    show_padded(stdout, show_size(show, class->live.bytes, live), -11);
    printf("%10" PRIu64, class->free.count);
    show_padded(stdout, show_size(show, class->free.bytes, idle), -11);
    printf("  ");
    show_bar(show, stdout, class->live.bytes + class->free.bytes, most, 22);
    putchar('\n');
}

void heap_print_sizes(const struct heap_look *look)
{
    struct size_class classes[CLASSES] = {0};
    uint64_t most = 0;
    count_all(look, classes);
    for (unsigned i = 0; i < CLASSES; i++) {
        uint64_t bytes = classes[i].live.bytes + classes[i].free.bytes;
        most = bytes > most ? bytes : most;
    }
    printf("\n%s%12s%10s%11s%10s%11s%s\n", show_style(&look->request->show, STYLE_BOLD),
           "SIZE UP TO", "LIVE", "BYTES", "FREE", "BYTES",
           show_style(&look->request->show, STYLE_NONE));
    for (unsigned i = 0; i < CLASSES; i++) {
        if (classes[i].live.count + classes[i].free.count)
            print_class(look, &classes[i], i, most);
    }
}
