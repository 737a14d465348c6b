/*
 * heap_classes.h - how many live blocks and free chunks of which size there are.
 *
 * A class has the sizes up to a power of two, or up to half as much again: 32, 48, 64, 96, 128 ...
 * The top and malloc's own chunks are in none, because nobody asked for their sizes.
 */
#ifndef TOOL_HEAP_CLASSES_H
#define TOOL_HEAP_CLASSES_H

#include "heap_model.h"

/* The last but one ends at 2^28; the last one has all that is larger. */
enum { HEAP_CLASSES = 48 };

struct heap_class {
    struct heap_sum live, free; /* those of caches are free; "resident" is not counted */
};

/* The largest size, in bytes, of the chunks that the class has. */
uint64_t heap_class_end(unsigned class);

/* Count the chunks of one arena, or of all and the mapped ones if arena is SIZE_MAX. */
void heap_classes_count(const struct heap_model *model, size_t arena,
                        struct heap_class classes[HEAP_CLASSES]);

#endif
