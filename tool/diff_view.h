/*
 * diff_view.h - two accounts beside each other.
 *
 *     before   arena 1   arena 2   libc.so.6   libc.so.6
 *                 |         |          '----.----'        one group of two regions
 *     after    arena 1      -      libc.so.6              what is missing counts as 0
 *
 * Regions of two processes never have the same addresses, and those of one process move when they
 * are unmapped and mapped again; what they are stays.
 */
#ifndef TOOL_DIFF_VIEW_H
#define TOOL_DIFF_VIEW_H

#include "condition.h"
#include "show.h"

/* Regions of one kind and label: those of two processes have other addresses. */
struct diff_group {
    char kind[24], label[64];
    uint64_t before, after; /* resident bytes, of all its regions */
};

struct diff_view {
    const struct show *show;
    const struct account *before, *after;
    struct diff_group *groups; /* those that changed most come first */
    size_t group_count;
    const struct condition *failed; /* the conditions that hold */
    size_t failed_count;            /* 0 = the comparison passes */
};

/* Group the regions of both; the list is the caller's to free. */
size_t diff_groups(const struct account *before, const struct account *after,
                   struct diff_group **groups);

void diff_print_text(const struct diff_view *view);
void diff_print_plain(const struct diff_view *view);
void diff_print_json(const struct diff_view *view);

#endif
