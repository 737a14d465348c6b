/*
 * glibc_settings.h - malloc_par, glibc's thresholds and counters, found beside main_arena.
 *
 * It holds no pointers that would give it away, so a place is believed only when every field is
 * plausible and sbrk_base, where the break heap began, lies in the break heap.
 */
#ifndef TOOL_GLIBC_SETTINGS_H
#define TOOL_GLIBC_SETTINGS_H

#include "glibc_state.h"
#include "heap_model.h"

struct glibc_settings {
    struct heap_settings heap;
    uint64_t first; /* sbrk_base: where the main arena's first chunk may begin; 0 = no break */
    uint64_t cache_count; /* how many chunks a bin of a thread's cache may have */
};

/* heap.known tells whether it was found. */
void glibc_settings_find(const struct target *target, const struct glibc_state *state,
                         struct glibc_settings *settings);

/* The break heap, [heap] in the list of areas, or NULL. */
const struct area *glibc_break(const struct target *target);

#endif
