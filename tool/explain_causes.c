/*
 * explain_causes.c - one judge for each code; a judge that finds nothing of weight says nothing.
 *
 * A judge sets the bytes that its cause holds, decides whether they matter, and tells in sentences
 * what was seen: addresses, sizes, counts.  The same bytes may have several causes: a page can be
 * kept because the top is pinned and because a threshold was raised.  Nothing is told that was not
 * read from the process; what would need its history (who allocated the pin, since when a thread
 * sleeps) is left to those who record.
 */
#include "explain_causes.h"

#include "explain_runtime.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is less than 256 KiB or a twentieth of RSS is no answer to "where is my memory".  A program
 * with up to eight arenas has them because it has that many busy threads. */
enum { MATTERS_LEAST = 256 << 10, MATTERS_PART = 20, ARENAS_MANY = 8 };

/* M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of a process that has freed no mapping yet. */
#define FIRST_THRESHOLD ((uint64_t)128 << 10)

/* What a judge is given; it writes into the cause. */
struct judgement {
    const struct facts *facts;
    const struct show *show;
    struct cause *cause;
};

bool facts_matter(const struct facts *facts, uint64_t bytes)
{
    return bytes >= MATTERS_LEAST && bytes >= facts->resident / MATTERS_PART;
}

/* Add a sentence, or a part of one. */
__attribute__((format(printf, 2, 3))) static void tell(const struct judgement *j,
                                                       const char *format, ...)
{
    va_list args;
    size_t n = strlen(j->cause->text);
    va_start(args, format);
    if (n && n + 1 < CAUSE_TEXT)
        j->cause->text[n++] = ' ';
    vsnprintf(j->cause->text + n, CAUSE_TEXT - n, format, args);
    va_end(args);
}

/* A size as text, in one of several places so that one sentence can have some. */
static const char *size(const struct judgement *j, uint64_t bytes)
{
    static char text[8][SHOW_NUMBER];
    static unsigned next;
    return show_size(j->show, bytes, text[next++ % 8]);
}

/* Whether what is free goes back by itself: then no threshold and no pin keeps it. */
static bool goes_back(const struct facts *facts)
{
    return facts->model->settings.known && facts->model->settings.has_decay;
}

/* Q001: what a trim would return from below the top stays because the break cannot pass a live
 * chunk. The last such chunk is named, so that a debugger or a trace can tell whose it is. */
static bool pinned_top(const struct judgement *j)
{
    const struct facts *f = j->facts;
    if (f->model->arena_count == 0 || !f->pin.found || goes_back(f))
        return false;
    const struct heap_sums *sums = &f->model->arenas[0].sums;
    j->cause->bytes = sums->trimmable - sums->trimmable_top;
    if (!facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "a %s %" PRIu64 "-byte block at %" PRIx64 " stands %s below the end of the heap;",
         f->pin.chunk.state == HEAP_CACHED ? "cached" : "live", f->pin.chunk.size - 8,
         f->pin.chunk.at + 16, size(j, f->pin.above));
    tell(j, "%s of free chunks lie below it, in %" PRIu64 " piece%s of at most %s.",
         size(j, f->pin.free_below), f->pin.pieces, show_plural(f->pin.pieces),
         size(j, f->pin.largest));
    return true;
}

/* Q002: the end of the heap is free, and not free enough for glibc to lower the break. */
static bool below_threshold(const struct judgement *j)
{
    const struct facts *f = j->facts;
    j->cause->bytes = f->sums.trimmable_top;
    /* A threshold that was raised is the better answer: Q003 tells it. */
    bool raised = !f->model->settings.fixed && f->model->settings.mmap_threshold > FIRST_THRESHOLD;
    if (!f->model->settings.known || raised || goes_back(f) || !facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "the top chunk has %s; it is trimmed when a free makes it larger than %s.",
         size(j, f->model->arenas[0].top_size), size(j, f->model->settings.trim_threshold));
    return true;
}

/* Q003: the thresholds are above their first values and nobody set them, so a freed mapping did. */
static bool threshold_raised(const struct judgement *j)
{
    const struct facts *f = j->facts;
    const struct heap_settings *s = &f->model->settings;
    if (!s->known || s->fixed || s->mmap_threshold <= FIRST_THRESHOLD || goes_back(f))
        return false;
    /* What would have had mappings of its own, and what a top of the first size would not keep. */
    uint64_t top = f->sums.trimmable_top > FIRST_THRESHOLD ? f->sums.trimmable_top : 0;
    j->cause->bytes = f->large_free + top;
    if (!facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "a block of %s was freed: since then blocks below %s come from the heap",
         size(j, s->mmap_threshold), size(j, s->mmap_threshold));
    tell(j, "(mmap threshold %s -> %s)%s", size(j, FIRST_THRESHOLD), size(j, s->mmap_threshold),
         s->trim_threshold > FIRST_THRESHOLD ? ", and its end is" : ".");
    if (s->trim_threshold > FIRST_THRESHOLD)
        tell(j, "kept up to %s (trim threshold %s -> %s).", size(j, s->trim_threshold),
             size(j, FIRST_THRESHOLD), size(j, s->trim_threshold));
    return true;
}

/* Q004: whole free pages in arenas that are not the main one, which only a free at their end
 * trims. */
static bool idle_arenas(const struct judgement *j)
{
    const struct facts *f = j->facts;
    j->cause->bytes = f->thread_trimmable;
    if (goes_back(f) || !facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "%" PRIu64 " arena%s beside the main one; %s trims such an arena only when memory at",
         f->thread_arenas, show_plural(f->thread_arenas), f->model->allocator);
    tell(j, "its own end is freed.");
    if (f->threads_asleep && f->threads_known == 1)
        tell(j, "The one thread that uses them sleeps now.");
    else if (f->threads_asleep)
        tell(j, "%" PRIu64 " of the %" PRIu64 " threads that use them %s now.", f->threads_asleep,
             f->threads_known, f->threads_asleep == 1 ? "sleeps" : "sleep");
    if (f->unused_arenas)
        tell(j, "%" PRIu64 " of them %s no thread any more and wait%s for a new one.",
             f->unused_arenas, f->unused_arenas == 1 ? "has" : "have",
             f->unused_arenas == 1 ? "s" : "");
    return true;
}

/* Q005: what all arenas beside the main one hold and nobody uses, when there are many of them. */
static bool many_arenas(const struct judgement *j)
{
    const struct facts *f = j->facts;
    uint64_t bytes = 0;
    for (size_t i = 1; i < f->model->arena_count; i++) {
        const struct heap_sums *sums = &f->model->arenas[i].sums;
        bytes += sums->of[HEAP_FREE].resident + sums->of[HEAP_FAST].resident +
                 sums->of[HEAP_TOP].resident;
    }
    j->cause->bytes = bytes;
    if (f->thread_arenas < ARENAS_MANY || !facts_matter(f, bytes))
        return false;
    tell(j, "%" PRIu64 " arenas beside the main one keep this much free between them.",
         f->thread_arenas);
    return true;
}

/* Q006: free bytes on pages that hold live ones.  The share of live bytes tells how thin they
 * stand. */
static bool pinned_pages(const struct judgement *j)
{
    const struct facts *f = j->facts;
    j->cause->bytes = f->part[PART_SHARED];
    if (!facts_matter(f, j->cause->bytes))
        return false;
    uint64_t pages = f->sums.pinned_pages * f->model->page_size;
    const char *hold = f->sums.pinned_pages == 1 ? "page holds" : "pages hold";
    tell(j, "%" PRIu64 " %s %s of live data (%" PRIu64 " %%) among free memory.",
         f->sums.pinned_pages, hold, size(j, f->sums.pinned_live),
         pages ? f->sums.pinned_live * 100 / pages : 0);
    tell(j, "Not returnable without moving blocks; blocks of one lifetime in one place avoid it.");
    return true;
}

/* Q007: free chunks that their arena takes for chunks in use. */
static bool hoard(const struct judgement *j)
{
    const struct facts *f = j->facts;
    const struct heap_sum *fast = &f->sums.of[HEAP_FAST];
    j->cause->bytes = f->part[PART_CACHED] + fast->resident;
    if (!facts_matter(f, j->cause->bytes))
        return false;
    uint64_t cached = f->sums.of[HEAP_CACHED].count;
    tell(j, "%" PRIu64 " block%s in the cache%s of %zu thread%s, %" PRIu64 " in fast bins: free,",
         cached, show_plural(cached), show_plural(f->model->cache_count), f->model->cache_count,
         show_plural(f->model->cache_count), fast->count);
    tell(j, "but not joined with their neighbours.");
    return true;
}

/* Q008: said only when it is a good part of RSS, because there is nothing wrong with it. */
static bool large_live(const struct judgement *j)
{
    const struct facts *f = j->facts;
    j->cause->bytes = f->model->mapped_sum.resident;
    if (j->cause->bytes < f->resident / 4 || !facts_matter(f, j->cause->bytes))
        return false;
    if (f->model->mapped_sum.count == 1)
        tell(j, "one block with a mapping of its own, live; free() returns it at once.");
    else
        tell(j, "%" PRIu64 " blocks with mappings of their own, live; free() returns each at once.",
             f->model->mapped_sum.count);
    return true;
}

/* Q009: more than half of RSS is none of malloc's, so its settings will not help. */
static bool not_malloc(const struct judgement *j)
{
    const struct facts *f = j->facts;
    for (int part = PART_CODE; part < PARTS; part++)
        j->cause->bytes += f->part[part];
    if (j->cause->bytes < f->resident / 2 || j->cause->bytes < MATTERS_LEAST)
        return false;
    if (!f->model->allocator)
        tell(j, "nothing is known of its malloc, so all of it counts as not malloc's:");
    tell(j, "code and libraries %s, stacks %s, files and shared memory %s,",
         size(j, f->part[PART_CODE]), size(j, f->part[PART_STACKS]), size(j, f->part[PART_FILES]));
    tell(j, "other mappings %s: ashlar map %s.", size(j, f->part[PART_OTHER]),
         target_word(f->target));
    const char *runtime = runtime_sentence(f->target);
    if (runtime)
        tell(j, "%s", runtime);
    return true;
}

/* Q010: as smaps counts it. */
static bool lazily_freed(const struct judgement *j)
{
    j->cause->bytes = j->facts->regions->total.lazily_free;
    if (!facts_matter(j->facts, j->cause->bytes))
        return false;
    tell(j, "returned with MADV_FREE; the kernel takes it when it needs it.");
    return true;
}

/* Q011: as smaps counts it. */
static bool huge_pages(const struct judgement *j)
{
    const struct facts *f = j->facts;
    j->cause->bytes = f->regions->total.huge;
    if (!facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "%s are in huge pages of 2 MiB, each counted as a whole, however little of it is used.",
         size(j, j->cause->bytes));
    return true;
}

/* Q012: judged only when it was watched; a single look cannot tell growth. */
static bool leak(const struct judgement *j)
{
    const struct watch *w = &j->facts->watch;
    if (w->samples < 3 || !w->grew_always || w->last < w->first + MATTERS_LEAST / 4)
        return false;
    j->cause->bytes = w->last - w->first;
    tell(j, "live memory grew from %s to %s in %.0f s, in each of %u samples.", size(j, w->first),
         size(j, w->last), w->seconds, w->samples);
    return true;
}

/* What a first-time reader of top(1) takes for memory. */
static bool reserved_only(const struct judgement *j)
{
    const struct facts *f = j->facts;
    if (f->regions->size < (uint64_t)1 << 30 || f->regions->size / 8 < f->resident)
        return false;
    tell(j, "the virtual size is %s: reserved address space, which costs no memory.",
         size(j, f->regions->size));
    return true;
}

/* Q014: only libashlar lets it wait and then go. */
static bool waits(const struct judgement *j)
{
    const struct facts *f = j->facts;
    j->cause->bytes = f->part[PART_KEPT];
    if (!goes_back(f) || !facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "freed a moment ago; what nobody wants goes back by itself after %.1f s.",
         (double)f->model->settings.decay / 1e3);
    return true;
}

/* Q015: blocks without headers lie under no top, so that neither a pin nor a threshold keeps them. */
static bool no_decay(const struct judgement *j)
{
    const struct facts *f = j->facts;
    for (size_t i = 0; i < f->model->arena_count; i++) {
        if (f->model->arenas[i].is_shared)
            j->cause->bytes += f->model->arenas[i].sums.trimmable;
    }
    if (goes_back(f) || !facts_matter(f, j->cause->bytes))
        return false;
    tell(j, "ASHLAR_DECAY turns the giving back off: what was freed stays until malloc_trim(0).");
    return true;
}

static bool (*const judges[EXPLAIN_CODES])(const struct judgement *) = {
    [Q001_PINNED_TOP] = pinned_top,
    [Q002_BELOW_TRIM_THRESHOLD] = below_threshold,
    [Q003_THRESHOLD_RAISED] = threshold_raised,
    [Q004_IDLE_ARENAS] = idle_arenas,
    [Q005_MANY_ARENAS] = many_arenas,
    [Q006_PINNED_PAGES] = pinned_pages,
    [Q007_HOARD] = hoard,
    [Q008_LARGE_LIVE] = large_live,
    [Q009_NOT_MALLOC] = not_malloc,
    [Q010_LAZILY_FREED] = lazily_freed,
    [Q011_HUGE_PAGES] = huge_pages,
    [Q012_LEAK] = leak,
    [Q013_RESERVED_ONLY] = reserved_only,
    [Q014_WAITS] = waits,
    [Q015_NO_DECAY] = no_decay,
};

/* What holds most memory first; of equal ones the one with the lower number. */
static int by_weight(const void *a, const void *b)
{
    const struct cause *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

const struct cause *causes_find(const struct causes *causes, enum explain_code code)
{
    for (size_t i = 0; i < causes->count; i++) {
        if (causes->list[i].code == code)
            return &causes->list[i];
    }
    return NULL;
}

void causes_judge(const struct facts *facts, const struct show *show, struct causes *causes)
{
    causes->count = 0;
    for (enum explain_code code = Q001_PINNED_TOP; code < EXPLAIN_CODES; code++) {
        struct cause *cause = &causes->list[causes->count];
        struct judgement judgement = {facts, show, cause};
        *cause = (struct cause){.code = code};
        causes->count += judges[code](&judgement);
    }
    qsort(causes->list, causes->count, sizeof *causes->list, by_weight);
    if (causes->count == 0)
        causes->list[causes->count++] = (struct cause){.code = Q000_HEALTHY};
}
