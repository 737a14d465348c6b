/*
 * tell.c - the door that tells in JSON where all bytes are: ashlar_stats.
 *
 * What each number means is said in libashlar(3) and, with the laws among them, in numbers.h.
 */
#include "ashlar.h"
#include "held.h"
#include "json.h"
#include "keeper.h"
#include "numbers.h"
#include "start.h"
#include "sys.h"
#include "tune.h"

#include <errno.h>
#include <limits.h>

static void tell_arena(const struct numbers_arena *a, void *json)
{
    json_open(json, NULL, '{');
    json_number(json, "index", a->arena->index);
    json_number(json, "threads", a->threads);
    json_number(json, "system", a->system);
    json_number(json, "live", a->live);
    json_number(json, "free", a->free);
    json_number(json, "waiting", a->waiting);
    json_number(json, "returned", a->returned);
    json_number(json, "runs", a->runs);
    json_close(json, '}');
}

static void tell_live(struct json *j, const struct numbers *n)
{
    struct mapped_count mapped = mapped_counted();
    json_open(j, "live", '{');
    json_number(j, "bytes", n->live_chunks + n->live_slots + n->live_spans + n->live_mapped);
    json_number(j, "chunks", n->live_chunks);
    json_number(j, "slots", n->live_slots);
    json_number(j, "spans", n->live_spans);
    json_number(j, "mapped", n->live_mapped);
    json_close(j, '}');
    json_open(j, "mapped", '{');
    json_number(j, "chunks", mapped.chunks);
    json_number(j, "bytes", mapped.bytes);
    json_close(j, '}');
}

static void tell_cached(struct json *j, const struct numbers *n)
{
    json_open(j, "cached", '{');
    json_number(j, "bytes",
                n->magazines + n->shelves + n->ready_spans + n->fast_bins + n->in_transit);
    json_number(j, "magazines", n->magazines);
    json_number(j, "shelves", n->shelves);
    json_number(j, "spans", n->ready_spans);
    json_number(j, "fast_bins", n->fast_bins);
    json_number(j, "in_transit", n->in_transit);
    json_close(j, '}');
}

static void tell_free(struct json *j, const struct numbers *n)
{
    json_open(j, "free", '{');
    json_number(j, "bytes", n->free_resident + n->free_returned + n->fragments);
    json_number(j, "resident", n->free_resident);
    json_number(j, "returned", n->free_returned);
    json_number(j, "fragments", n->fragments);
    json_number(j, "ends", n->ends);
    json_close(j, '}');
}

static void tell_metadata(struct json *j, const struct numbers *n)
{
    json_open(j, "metadata", '{');
    json_number(j, "bytes", n->heads + n->headers + n->caches + n->tables);
    json_number(j, "heads", n->heads);
    json_number(j, "headers", n->headers);
    json_number(j, "caches", n->caches);
    json_number(j, "tables", n->tables);
    json_close(j, '}');
}

static void tell_resident(struct json *j, const struct numbers *n)
{
    json_open(j, "resident", '{');
    json_number(j, "total", n->heap + n->arenas + n->runs);
    json_number(j, "heap", n->heap);
    json_number(j, "arenas", n->arenas);
    json_number(j, "runs", n->runs);
    json_number(j, "in_use", n->in_use);
    json_close(j, '}');
}

static void tell_settings(struct json *j)
{
    json_number(j, "held", held_now());
    json_number(j, "returned_total", sys_returned());
    if (tune.decay == DECAY_NEVER)
        json_word(j, "decay_ms", "-1");
    else
        json_number(j, "decay_ms", tune.decay);
    json_word(j, "keeper", keeper_is_there() ? "true" : "false");
    json_open(j, "limits", '{');
    json_number(j, "soft", tune.soft_limit);
    json_number(j, "hard", tune.hard_limit);
    json_close(j, '}');
}

/* Arenas come first: nothing is kept of them but their text. */
static void tell(struct json *j)
{
    struct numbers n;
    json_open(j, NULL, '{');
    json_text(j, "schema", "ashlar.stats/1");
    json_open(j, "arenas", '[');
    numbers_gather(&n, tell_arena, j);
    json_close(j, ']');
    tell_live(j, &n);
    tell_cached(j, &n);
    tell_free(j, &n);
    tell_metadata(j, &n);
    tell_resident(j, &n);
    tell_settings(j);
    json_close(j, '}');
}

EXPORT int ashlar_stats(char *text, size_t size)
{
    int saved = errno;
    start_ensure();
    struct json j = {.text = text, .size = size};
    tell(&j);
    errno = saved;
    return (int)min_size(json_end(&j), INT_MAX);
}
