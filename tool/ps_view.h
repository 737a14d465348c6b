/* ps_view.h - what `ashlar ps` knows of each process, and the ways to print it. */
#ifndef TOOL_PS_VIEW_H
#define TOOL_PS_VIEW_H

#include "allocator.h"
#include "heap_view.h"
#include "process.h"
#include "show.h"

struct ps_row {
    struct process process;
    bool readable; /* the allocator is known as far as it can be */
    bool measured; /* the heap is known */
    bool late;     /* it would be, if there were more time */
    struct allocator allocator;
    struct heap_summary heap;
};

void ps_print_text(const struct show *show, const struct ps_row *rows, size_t count);
void ps_print_plain(const struct show *show, const struct ps_row *rows, size_t count);
void ps_print_json(const struct ps_row *rows, size_t count);

/* "glibc 2.36 (4 arenas)", or "-" where the process may not be looked at. */
const char *ps_allocator(const struct ps_row *row, char text[ALLOCATOR_TEXT + 32]);

#endif
