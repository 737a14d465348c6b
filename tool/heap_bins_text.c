/*
 * heap_bins_text.c - where free chunks wait, and the sizes of live and free ones, with bars.
 *
 * The bars of one table have one scale: the whole of it for bins, the largest class for sizes.
 */
#include "heap_bins.h"
#include "heap_classes.h"
#include "heap_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns of the tables, negative ones right-aligned; 80 together. */
enum { NAME = 15, RANGE = 25, COUNT = 10, BYTES = -11, BAR = 17 };

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

/* One size class, its live and its free chunks. */
static void print_class(const struct heap_look *look, const struct heap_class *class, unsigned i,
                        uint64_t most)
{
    char size[SHOW_NUMBER], live[SHOW_NUMBER], idle[SHOW_NUMBER];
    const struct show *show = &look->request->show;
    show_padded(stdout, show_size(show, heap_class_end(i), size), -12);
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
    struct heap_class classes[HEAP_CLASSES];
    uint64_t most = 0;
    heap_classes_count(look->model, look->arena, classes);
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        uint64_t bytes = classes[i].live.bytes + classes[i].free.bytes;
        most = bytes > most ? bytes : most;
    }
    printf("\n%s%12s%10s%11s%10s%11s%s\n", show_style(&look->request->show, STYLE_BOLD),
           "SIZE UP TO", "LIVE", "BYTES", "FREE", "BYTES",
           show_style(&look->request->show, STYLE_NONE));
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        if (classes[i].live.count + classes[i].free.count)
            print_class(look, &classes[i], i, most);
    }
}
