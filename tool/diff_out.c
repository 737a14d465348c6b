/*
 * diff_out.c - the comparison as a table, as fields between tabs, and as JSON.
 *
 *                               before       after       change
 *      RSS                    44.7 MiB    10.7 MiB    -34.0 MiB  ▼▼▼▼▼▼▼▼
 *      live                    4.8 MiB     4.8 MiB            0
 */
#include "diff_view.h"
#include "json_out.h"
#include "region_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Columns; 80 together with the blanks. */
enum { NAME = 26, NUMBER = -12, MARKS = 8 };

/* At most so many groups of regions have a line. */
enum { GROUPS = 8 };

/* "+34.0 MiB", "0"; counts without a unit. */
static const char *change_text(const struct show *show, uint64_t before, uint64_t after,
                               bool is_count, char text[SHOW_NUMBER + 2])
{
    struct show plain = *show;
    uint64_t change = after > before ? after - before : before - after;
    plain.bytes = plain.bytes || is_count;
    if (change == 0)
        return strcpy(text, "0");
    text[0] = after > before ? '+' : '-';
    show_size(&plain, change, text + 1);
    return text;
}

/* One mark for each eighth of the value before, at most eight; growth is red. */
static void print_marks(const struct show *show, uint64_t before, uint64_t after)
{
    bool grows = after > before;
    uint64_t change = grows ? after - before : before - after;
    uint64_t whole = before > after ? before : after;
    uint64_t marks = whole ? (change * MARKS + whole - 1) / whole : 0;
    if (marks == 0)
        return;
    printf("  %s", show_style(show, grows ? STYLE_RED : STYLE_GREEN));
    for (uint64_t i = 0; i < marks; i++)
        fputs(grows ? show_glyph(show, "▲", "+") : show_glyph(show, "▼", "-"), stdout);
    fputs(show_style(show, STYLE_NONE), stdout);
}

/* A line of the table. */
static void print_line(const struct show *show, const char *name, uint64_t before, uint64_t after,
                       bool is_count)
{
    struct show plain = *show;
    char text[SHOW_NUMBER], change[SHOW_NUMBER + 2];
    plain.bytes = plain.bytes || is_count;
    putchar(' ');
    show_padded(stdout, name, NAME);
    show_padded(stdout, show_size(&plain, before, text), NUMBER);
    show_padded(stdout, show_size(&plain, after, text), NUMBER);
    show_padded(stdout, change_text(show, before, after, is_count, change), NUMBER);
    print_marks(show, before, after);
    putchar('\n');
}

/* A figure of malloc counts only where both sides have one. */
static bool is_known(const struct diff_view *view, size_t figure)
{
    return !figures[figure].of_heap || (view->before->heap_known && view->after->heap_known);
}

/* "before: frag (16333), 2026-11-21T20:15:00.123Z". */
static void print_head(const struct diff_view *view)
{
    const struct account *accounts[] = {view->before, view->after};
    for (int i = 0; i < 2; i++) {
        char name[SHOW_NAME];
        printf(" %s  %s (%d)",
               i ? "after: " : "before:", show_name(view->show, accounts[i]->name, name),
               (int)accounts[i]->pid);
        printf(", %s", show_name(view->show, accounts[i]->allocator, name));
        printf(", %s\n", show_name(view->show, accounts[i]->read_at, name));
    }
    putchar('\n');
}

/* Address space and caches only where they changed: they are seldom what is asked. */
static void print_figures(const struct diff_view *view)
{
    show_padded(stdout, "", NAME + 1);
    show_padded(stdout, "before", NUMBER);
    show_padded(stdout, "after", NUMBER);
    show_padded(stdout, "change", NUMBER);
    putchar('\n');
    for (size_t i = 0; i < figure_count; i++) {
        if (is_known(view, i))
            print_line(view->show, figures[i].label, figure_of(view->before, i),
                       figure_of(view->after, i), figures[i].is_count);
    }
    if (!view->before->heap_known || !view->after->heap_known)
        printf(" (the heap of one of them could not be read: no figures of malloc)\n");
}

/* "libc.so.6"; a kind whose regions have no name of their own has its own. */
static const char *group_name(const struct diff_view *view, const struct diff_group *group,
                              char name[SHOW_NAME])
{
    return show_name(view->show, group->label[0] ? group->label : group->kind, name);
}

/* Regions that did not change have no line. */
static void print_groups(const struct diff_view *view)
{
    char name[SHOW_NAME];
    size_t shown = 0;
    for (size_t i = 0; i < view->group_count && shown < GROUPS; i++) {
        const struct diff_group *group = &view->groups[i];
        if (group->before == group->after)
            break;
        if (shown++ == 0)
            printf("\n resident, by region\n");
        print_line(view->show, group_name(view, group, name), group->before, group->after, false);
    }
    if (shown == 0)
        printf("\n no region changed\n");
}

void diff_print_text(const struct diff_view *view)
{
    print_head(view);
    print_figures(view);
    print_groups(view);
    for (size_t i = 0; i < view->failed_count; i++)
        printf("\n %sfailed%s: %s\n", show_style(view->show, STYLE_RED),
               show_style(view->show, STYLE_NONE), view->failed[i].text);
}

/* Bytes and counts; regions by kind and label. */
void diff_print_plain(const struct diff_view *view)
{
    char name[SHOW_NAME];
    printf("kind\tname\tbefore\tafter\n");
    for (size_t i = 0; i < figure_count; i++) {
        if (is_known(view, i))
            printf("figure\t%s\t%" PRIu64 "\t%" PRIu64 "\n", figures[i].name,
                   figure_of(view->before, i), figure_of(view->after, i));
    }
    for (size_t i = 0; i < view->group_count; i++)
        printf("region\t%s\t%" PRIu64 "\t%" PRIu64 "\n", group_name(view, &view->groups[i], name),
               view->groups[i].before, view->groups[i].after);
}

/* The change may be below zero; nothing else here is. */
static json_t *json_change(uint64_t before, uint64_t after)
{
    json_t *object = json_object();
    json_put(object, "before", json_size(before));
    json_put(object, "after", json_size(after));
    json_put(object, "change", json_integer((json_int_t)(after - before)));
    return object;
}

/* Who was looked at, and when. */
static json_t *json_side(const struct account *account)
{
    json_t *object = json_object();
    json_put(object, "pid", json_integer(account->pid));
    json_put(object, "name", json_name(account->name));
    json_put(object, "allocator", json_name(account->allocator));
    json_put(object, "read_at", json_name(account->read_at));
    json_put(object, "heap_known", json_boolean(account->heap_known));
    return object;
}

/* Both names: two kinds may have a label in common. */
static json_t *json_group(const struct diff_group *group)
{
    json_t *object = json_change(group->before, group->after);
    json_put(object, "kind", json_name(group->kind));
    json_put(object, "label", json_name(group->label));
    return object;
}

/* All of them, also those that did not change: the changes add up to that of the RSS. */
static json_t *json_groups(const struct diff_view *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->group_count; i++)
        json_append(array, json_group(&view->groups[i]));
    return array;
}

void diff_print_json(const struct diff_view *view)
{
    json_t *document = json_document("ashlar.diff/1"), *object = json_object();
    json_t *failed = json_array();
    json_put(document, "before", json_side(view->before));
    json_put(document, "after", json_side(view->after));
    for (size_t i = 0; i < figure_count; i++)
        json_put(object, figures[i].name,
                 is_known(view, i)
                     ? json_change(figure_of(view->before, i), figure_of(view->after, i))
                     : json_null());
    for (size_t i = 0; i < view->failed_count; i++)
        json_append(failed, json_name(view->failed[i].text));
    json_put(document, "figures", object);
    json_put(document, "regions", json_groups(view));
    json_put(document, "failed", failed);
    json_print(document);
}
