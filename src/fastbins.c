/*
 * fastbins.c - one list a size, linked through fd.
 */
#include "fastbins.h"

#include "die.h"

static unsigned list_of(size_t size)
{
    assert(size >= CHUNK_MIN && size <= FAST_CHUNK_MAX && size % CHUNK_ALIGN == 0); /* I15 */
    return (unsigned)((size - CHUNK_MIN) / CHUNK_ALIGN);
}

/* Whether c is one of the first few of a list; a link that leads elsewhere ends it. */
static bool is_among_newest(const struct fastbins *f, const struct chunk *first,
                            const struct chunk *c)
{
    enum { LOOKS = 4 };
    for (int looks = 0; first && looks < LOOKS; looks++, first = first->fd) {
        if (unlikely(first == c))
            return true;
        if (f->within && !extent_has(f->within, first))
            break;
    }
    return false;
}

void fastbins_put(struct fastbins *f, struct chunk *c)
{
    struct chunk **newest = &f->newest[list_of(chunk_size(c))];
    if (unlikely(is_among_newest(f, *newest, c)))
        die_at("double free or corruption (fasttop)", chunk_user(c));
    c->fd = *newest;
    *newest = c;
    f->count++;
    f->bytes += chunk_size(c);
}

static struct chunk *take_from(struct fastbins *f, unsigned list)
{
    struct chunk *c = f->newest[list];
    if (!c)
        return NULL;
    if (unlikely(!is_aligned(c, CHUNK_ALIGN)))
        die_at("malloc(): unaligned fastbin chunk detected", c);
    /* The link that led here lay in a freed block. */
    if (unlikely(f->within && !extent_has(f->within, c)))
        die_at("malloc(): memory corruption (fast)", chunk_user(c));
    size_t size = chunk_size(c), expected = CHUNK_MIN + list * CHUNK_ALIGN;
    if (unlikely(size != expected))
        die("malloc(): memory corruption (fast)", chunk_user(c), size, expected);
    f->newest[list] = c->fd;
    f->count--;
    f->bytes -= size;
    return c;
}

struct chunk *fastbins_take(struct fastbins *f, size_t size)
{
    return size > FAST_CHUNK_MAX ? NULL : take_from(f, list_of(size));
}

struct chunk *fastbins_take_any(struct fastbins *f)
{
    struct chunk *c = NULL;
    for (unsigned list = 0; list < FASTBINS && !c; list++)
        c = take_from(f, list);
    return c;
}
