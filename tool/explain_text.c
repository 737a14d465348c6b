/*
 * explain_text.c - the verdict for people: answer first, table second, advice third.
 *
 * The first sentence must do for those who read no further.  The table's bars have one scale, so
 * that the eye sees where the memory is before it reads a number.
 */
#include "explain_print.h"
#include "fail_if.h"
#include "heap_read.h"
#include "paragraph.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Columns of the table and of the remedies; 80 together. */
enum { BAR = 20, NAME = 36, SIZE = -11, WHAT = 46, TITLE = 58 };

/* A size as text, in one of several places so that one line can have some. */
static const char *size(const struct explanation *e, uint64_t bytes)
{
    static char text[4][SHOW_NUMBER];
    static unsigned next;
    return show_size(e->show, bytes, text[next++ % 4]);
}

/* Most of it is in nobody's heap: whose it is matters more than what malloc does. */
static void not_mallocs(const struct explanation *e, uint64_t heap, char *text, size_t room)
{
    const struct facts *f = e->facts;
    uint64_t lazy = f->regions->total.lazily_free;
    if (!f->model->allocator)
        snprintf(text, room, ". Its malloc is of a kind that cannot be read here.");
    else if (lazy >= f->resident / 2)
        snprintf(text, room,
                 ". %s of it is given back already (MADV_FREE): the kernel takes it when it is "
                 "needed.",
                 size(e, lazy));
    else if (heap == 0)
        snprintf(text, room, ", and none of it is malloc's.");
    else
        snprintf(text, room, ", and most of it is not malloc's: malloc holds %s, %s of it live.",
                 size(e, heap), size(e, f->part[PART_LIVE]));
}

/* What of malloc's is in use, and what becomes of the rest. */
static void mallocs(const struct explanation *e, uint64_t heap, char *text, size_t room)
{
    const struct facts *f = e->facts;
    uint64_t live = f->part[PART_LIVE], kept = f->part[PART_KEPT];
    bool much = facts_matter(f, kept);
    if (much && f->model->settings.has_decay)
        snprintf(text, room, "; %s is in use by its blocks. %s is free and goes back by itself.",
                 size(e, live), size(e, kept));
    else if (much && live == 0)
        snprintf(text, room, " but no block is in use. %s could go back now.", size(e, kept));
    else if (much)
        snprintf(text, room, " but only %s is in use by its blocks. %s could go back now.",
                 size(e, live), size(e, kept));
    else if (facts_matter(f, heap - live))
        snprintf(text, room, "; %s is in use by its blocks. The rest is free, but not returnable.",
                 size(e, live));
    else
        snprintf(text, room, ", and %s of malloc's %s is in use. Nothing to do.", size(e, live),
                 size(e, heap));
}

const char *explain_verdict(const struct explanation *e, char text[512])
{
    const struct facts *f = e->facts;
    char name[SHOW_NAME];
    uint64_t heap = 0;
    for (int part = 0; part <= PART_OWN; part++)
        heap += f->part[part];
    show_name(e->show, f->target->name, name);
    size_t n = (size_t)snprintf(text, 512, "%s (%d) uses %s of RAM", name, (int)f->target->pid,
                                size(e, f->resident));
    (heap < f->resident / 2 ? not_mallocs : mallocs)(e, heap, text + n, 512 - n);
    return text;
}

/* Names and numbers may make it longer than a line. */
static void print_verdict(const struct explanation *e)
{
    char text[512];
    explain_verdict(e, text);
    /* A second sentence gets a line of its own where both do not fit one. */
    char *second = strlen(text) > 80 ? strstr(text, ". ") : NULL;
    fputs(show_style(e->show, STYLE_BOLD), stdout);
    if (second)
        second[1] = '\0';
    paragraph_print(text, 0);
    if (second)
        paragraph_print(second + 2, 0);
    fputs(show_style(e->show, STYLE_NONE), stdout);
}

/* One line of the table: a bar, the name, bytes, percent.  The part in question is marked. */
static void print_part(const struct explanation *e, enum fact_part part)
{
    const struct facts *f = e->facts;
    char text[SHOW_NUMBER], name[96];
    if (f->part[part] == 0)
        return;
    snprintf(name, sizeof name, "%s", facts_part_name(part));
    if (part == PART_OTHER && !f->model->allocator)
        snprintf(name, sizeof name, "heap and other mappings");
    if (part == PART_LIVE)
        snprintf(name, sizeof name, "live: %" PRIu64 " block%s", f->live_count,
                 show_plural(f->live_count));
    putchar(' ');
    int taken = show_bar(e->show, stdout, f->part[part], f->resident, BAR);
    printf("%*s", BAR - taken + 2, "");
    show_padded(stdout, name, NAME);
    show_padded(stdout, show_size(e->show, f->part[part], text), SIZE);
    printf("%5" PRIu64 " %%%s\n",
           f->resident ? (f->part[part] * 100 + f->resident / 2) / f->resident : 0,
           part == PART_KEPT ? show_glyph(e->show, " ←", " <-") : "");
}

/* Parts that are empty have no line; the total has one always. */
static void print_parts(const struct explanation *e)
{
    char text[SHOW_NUMBER];
    printf("\n where they are\n");
    for (int part = 0; part < PARTS; part++)
        print_part(e, (enum fact_part)part);
    printf("%*s", BAR + 3, "");
    show_padded(stdout, "total = RSS", NAME);
    show_padded(stdout, show_size(e->show, e->facts->resident, text), SIZE);
    printf("  100 %%\n");
}

/* Code and bytes, then the sentences of the judge. */
static void print_cause(const struct explanation *e, const struct cause *cause)
{
    char text[SHOW_NUMBER], code[8];
    snprintf(code, sizeof code, "Q%03u", (unsigned)cause->code);
    printf(" %s%s%s  ", show_style(e->show, STYLE_YELLOW), code, show_style(e->show, STYLE_NONE));
    show_padded(stdout, explain_code_text(cause->code)->title, cause->bytes ? TITLE : 0);
    if (cause->bytes)
        show_padded(stdout, show_size(e->show, cause->bytes, text), SIZE);
    putchar('\n');
    if (cause->text[0])
        paragraph_print(cause->text, 7);
}

/* Q000 stands alone. */
static void print_causes(const struct explanation *e)
{
    if (e->causes->list[0].code == Q000_HEALTHY) {
        printf("\n Q000  healthy: malloc keeps little that is free.\n");
        return;
    }
    printf("\n why\n");
    for (size_t i = 0; i < e->causes->count; i++)
        print_cause(e, &e->causes->list[i]);
}

/* Each is something that can be pasted or done, with the RSS to expect. */
static void print_remedies(const struct explanation *e)
{
    if (e->remedies->count == 0)
        return;
    printf("\n what to do");
    printf("%*s%s\n", WHAT - 11 + 4, "", "predicted RSS  effort");
    for (size_t i = 0; i < e->remedies->count; i++) {
        const struct remedy *remedy = &e->remedies->list[i];
        char text[SHOW_NUMBER + 1] = "~";
        show_size(e->show, remedy->resident, text + 1);
        printf(" %zu  ", i + 1);
        show_padded(stdout, remedy->what, WHAT);
        if (remedy->trust == REMEDY_UNKNOWN)
            snprintf(text, sizeof text, "not known");
        show_padded(stdout, remedy->trust == REMEDY_EXACT ? text + 1 : text, -13);
        printf("  %s\n", remedy->effort);
        if (remedy->command[0])
            printf("    $ %s\n", remedy->command);
    }
    if (e->remedies->not_worth[0])
        paragraph_print(e->remedies->not_worth, 1);
}

/* A heap that was overwritten is told even by those who asked for something else. */
static void print_damage(const struct explanation *e)
{
    for (size_t i = 0; i < e->facts->model->arena_count; i++) {
        const struct heap_arena *arena = &e->facts->model->arenas[i];
        char text[256];
        if (!arena->broken)
            continue;
        snprintf(text, sizeof text, "The heap is damaged: %s. See:  ashlar heap %s",
                 arena->complaint, target_word(e->facts->target));
        printf("\n%s", show_style(e->show, STYLE_RED));
        paragraph_print(text, 1);
        fputs(show_style(e->show, STYLE_NONE), stdout);
    }
}

/* What the exit status says. */
static void print_failed(const struct explanation *e)
{
    for (size_t i = 0; e->failed && i < e->failed->count; i++)
        printf("\n %sfailed%s: %s\n", show_style(e->show, STYLE_RED),
               show_style(e->show, STYLE_NONE), e->failed->list[i].text);
}

void explain_print_text(const struct explanation *e)
{
    char exact[160];
    print_verdict(e);
    print_parts(e);
    print_causes(e);
    print_remedies(e);
    print_damage(e);
    print_failed(e);
    if (e->facts->model->arena_count)
        printf("\n confidence: %s\n", heap_exactness(e->facts->model, exact));
    if (!e->show->quiet && e->causes->list[0].code != Q000_HEALTHY)
        printf(" what a code means:  ashlar help explain Q%03u\n",
               (unsigned)e->causes->list[0].code);
}
