/*
 * map_diff.c - two lists of regions of one process, merged by address.
 *
 *     before   | arena 1 |    | mapped chunk |            | stack |
 *     now      | arena 1   |                   | arena 2 || stack |
 *                 grew            gone            new        as it was: not shown
 *
 * A region is the same one as before if it begins at the same address and is of the same kind.
 */
#include "map_diff.h"

#include "account_json.h"
#include "json_out.h"
#include "list.h"
#include "say.h"
#include "snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the text. */
enum { LABEL = 26, NUMBER = -11 };

/* One region; size and resident bytes of both times, 0 where it was not. */
struct change {
    uint64_t start;
    const char *label, *kind; /* as the region has them; the label may be empty */
    uint64_t size[2], resident[2];
    bool was, is; /* there before, there now */
};

/* In ascending order. */
struct changes {
    struct change *list;
    size_t count;
};

/* Names stay where they are: both lists outlive the changes. */
static struct change *add(struct changes *changes, uint64_t start, const char *label,
                          const char *kind)
{
    changes->list = list_room(changes->list, changes->count, sizeof *changes->list);
    struct change *change = &changes->list[changes->count++];
    *change = (struct change){.start = start, .label = label, .kind = kind};
    return change;
}

/* Fill in the side of the snapshot. */
static void set_before(struct change *change, const struct account_region *region)
{
    change->was = true;
    change->size[0] = region->end - region->start;
    change->resident[0] = region->resident;
}

/* Fill in the side of now. */
static void set_now(struct change *change, const struct region *region)
{
    change->is = true;
    change->size[1] = region->end - region->start;
    change->resident[1] = region->usage.resident;
}

/* What was unmapped and mapped again as something else is another region. */
static bool is_same(const struct account_region *old, const struct region *new)
{
    return old->start == new->start &&strcmp(old->kind, region_kind_word(new->kind)) == 0;
}

/* Both lists are sorted by address; of two that begin at one address the old one comes first. */
static struct changes merge(const struct account *before, const struct regions *now)
{
    struct changes changes = {0};
    size_t i = 0, k = 0;
    while (i < before->region_count || k < now->count) {
        const struct account_region *old = i < before->region_count ? &before->regions[i] : NULL;
        const struct region *new = k < now->count ? &now->list[k] : NULL;
        bool both = old && new &&is_same(old, new);
        if (old && (both || !new || old->start <= new->start)) {
            set_before(add(&changes, old->start, old->label, old->kind), old);
            i++;
        } else {
            add(&changes, new->start, new->label, region_kind_word(new->kind));
        }
        if (!both && changes.list[changes.count - 1].was)
            continue;
        set_now(&changes.list[changes.count - 1], new);
        k++;
    }
    return changes;
}

/* Size and resident bytes; a new label alone is none. */
static bool is_change(const struct change *change)
{
    return change->was != change->is || change->size[0] != change->size[1] ||
           change->resident[0] != change->resident[1];
}

/* For people and for other programs alike. */
static const char *word_of(const struct change *change)
{
    return !change->was ? "new" : !change->is ? "gone" : is_change(change) ? "changed" : "same";
}

/* The kind where it has no name of its own. */
static const char *name_of(const struct map_view *view, const struct change *change,
                           char name[SHOW_NAME])
{
    return show_name(&view->request->show, change->label[0] ? change->label : change->kind, name);
}

/* Sign and size; what came is red, what went is green. */
static void print_difference(const struct show *show, const struct change *change)
{
    bool grew = change->resident[1] > change->resident[0];
    char text[SHOW_NUMBER + 1] = "-";
    if (change->resident[0] == change->resident[1]) {
        show_padded(stdout, "0", NUMBER);
        return;
    }
    text[0] = grew ? '+' : '-';
    show_size(show,
              grew ? change->resident[1] - change->resident[0]
                   : change->resident[0] - change->resident[1],
              text + 1);
    fputs(show_style(show, grew ? STYLE_RED : STYLE_GREEN), stdout);
    show_padded(stdout, text, NUMBER);
    fputs(show_style(show, STYLE_NONE), stdout);
}

/* A dash where it was not, or is not. */
static void print_line(const struct map_view *view, const struct change *change)
{
    const struct show *show = &view->request->show;
    char address[SHOW_NUMBER], name[SHOW_NAME], size[SHOW_NUMBER];
    printf(" %s ", show_address(change->start, address));
    show_padded(stdout, name_of(view, change, name), LABEL);
    show_padded(stdout, change->was ? show_size(show, change->resident[0], size) : "-", NUMBER);
    show_padded(stdout, change->is ? show_size(show, change->resident[1], size) : "-", NUMBER);
    print_difference(show, change);
    printf("%s%s\n", change->was && change->is ? "" : "  ",
           change->was && change->is ? "" : word_of(change));
}

/* High addresses first, unless the other order was asked for, as the map itself. */
static const struct change *at(const struct map_view *view, const struct changes *changes, size_t i)
{
    return &changes->list[view->request->low_first ? i : changes->count - 1 - i];
}

/* Only what changed; how many did not is one number. */
static void print_text(const struct map_view *view, const struct changes *changes,
                       const struct account *before)
{
    char name[SHOW_NAME], since[SHOW_NAME];
    size_t same = 0;
    printf(" %s (%d), since %s\n\n", show_name(&view->request->show, before->name, name),
           (int)before->pid, show_name(&view->request->show, before->read_at, since));
    printf(" %-14s %-*s%11s%11s%11s\n", "start", LABEL, "what is resident", "before", "now",
           "change");
    for (size_t i = 0; i < changes->count; i++) {
        if (is_change(at(view, changes, i)))
            print_line(view, at(view, changes, i));
        else
            same++;
    }
    printf("\n %zu region%s %s\n", same, show_plural(same),
           same == 1 ? "is as it was" : "are as they were");
}

/* All regions: who reads it can leave out what he likes. */
static void print_plain(const struct map_view *view, const struct changes *changes)
{
    char name[SHOW_NAME];
    printf("start\twhat\tkind\tname\tsize_before\tsize\tresident_before\tresident\n");
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = at(view, changes, i);
        printf("%" PRIx64 "\t%s\t%s\t%s", change->start, word_of(change), change->kind,
               name_of(view, change, name));
        printf("\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", change->size[0],
               change->size[1], change->resident[0], change->resident[1]);
    }
}

/* The members of --plain. */
static json_t *json_change(const struct change *change)
{
    json_t *object = json_object();
    json_put(object, "start", json_address(change->start));
    json_put(object, "what", json_string(word_of(change)));
    json_put(object, "kind", json_name(change->kind));
    json_put(object, "name", json_name(change->label));
    json_put(object, "size_before", json_size(change->size[0]));
    json_put(object, "size", json_size(change->size[1]));
    json_put(object, "resident_before", json_size(change->resident[0]));
    json_put(object, "resident", json_size(change->resident[1]));
    return object;
}

/* In the order of the map. */
static void print_json(const struct map_view *view, const struct changes *changes,
                       const struct account *before)
{
    json_t *document = json_document("ashlar.map-diff/1"), *array = json_array();
    for (size_t i = 0; i < changes->count; i++)
        json_append(array, json_change(at(view, changes, i)));
    json_put(document, "target", json_target(view->target));
    json_put(document, "since", json_name(before->read_at));
    json_put(document, "regions", array);
    json_print(document);
}

/* Addresses mean something within one process only. */
static void read_before(const struct map_view *view, const char *file, struct account *before)
{
    json_t *document = snapshot_read(file);
    if (!account_from_json(document, before))
        say_and_exit(EXIT_OURS, "%s has no schema that is known here", say_word(file));
    json_decref(document);
    if (before->pid == view->target->pid)
        return;
    say("%s is of process %d: its addresses mean nothing in process %d", say_word(file),
        (int)before->pid, (int)view->target->pid);
    say_more("to compare what they have of each kind:  ashlar diff %s %d", say_word(file),
             (int)view->target->pid);
    exit(EXIT_OURS);
}

/* The snapshot is read first: what is wrong with it is told before anything is printed. */
void map_print_diff(const struct map_view *view, const char *file)
{
    struct account before;
    read_before(view, file, &before);
    struct changes changes = merge(&before, view->regions);
    switch (view->request->show.format) {
    case SHOW_TEXT: print_text(view, &changes, &before); break;
    case SHOW_PLAIN: print_plain(view, &changes); break;
    case SHOW_JSON: print_json(view, &changes, &before); break;
    }
    free(changes.list);
    account_free(&before);
}
