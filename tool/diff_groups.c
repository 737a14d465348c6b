/* diff_groups.c - regions of two accounts brought together by what they are. */
#include "diff_view.h"
#include "list.h"

#include <stdlib.h>
#include <string.h>

/* By kind and label, so that equal ones stand together. */
static int by_name(const void *one, const void *other)
{
    const struct diff_group *a = one, *b = other;
    int order = strcmp(a->kind, b->kind);
    return order ? order : strcmp(a->label, b->label);
}

/* Without its sign: what shrinks is as interesting as what grows. */
static uint64_t change_of(const struct diff_group *group)
{
    return group->after > group->before ? group->after - group->before
                                        : group->before - group->after;
}

/* Equal changes by name, so that the order is the same each time. */
static int by_change(const void *one, const void *other)
{
    uint64_t a = change_of(one), b = change_of(other);
    return a == b ? by_name(one, other) : a < b ? 1 : -1;
}

/* One group for each region, to be joined later. */
static struct diff_group *add(struct diff_group *groups, size_t *count,
                              const struct account *account, bool is_after)
{
    for (size_t i = 0; i < account->region_count; i++) {
        const struct account_region *region = &account->regions[i];
        groups = list_room(groups, *count, sizeof *groups);
        struct diff_group *group = &groups[(*count)++];
        memset(group, 0, sizeof *group);
        memcpy(group->kind, region->kind, sizeof group->kind);
        memcpy(group->label, region->label, sizeof group->label);
        *(is_after ? &group->after : &group->before) = region->resident;
    }
    return groups;
}

/* Sort by name, join neighbours of one name in place, sort by change. */
size_t diff_groups(const struct account *before, const struct account *after,
                   struct diff_group **groups)
{
    size_t all = 0, count = 0;
    struct diff_group *list = add(add(NULL, &all, before, false), &all, after, true);
    if (all)
        qsort(list, all, sizeof *list, by_name);
    for (size_t i = 0; i < all; i++) {
        if (count && by_name(&list[count - 1], &list[i]) == 0) {
            list[count - 1].before += list[i].before;
            list[count - 1].after += list[i].after;
        } else {
            list[count++] = list[i];
        }
    }
    if (count)
        qsort(list, count, sizeof *list, by_change);
    *groups = list;
    return count;
}
