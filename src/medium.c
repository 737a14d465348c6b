/*
 * medium.c - shelves and how they are earned.
 */
#include "medium.h"

#include "die.h"

/* The last size is in the doubling from 256 KiB (2^18) on; eight shelves stand for each before. */
enum { FIRST_DOUBLING = WORD == 8 ? 10 : 9, LAST_DOUBLING = 18 };

static_assert(MEDIUM_CHUNK_MAX >> LAST_DOUBLING == 1, "the largest size is in the last doubling");
static_assert((LAST_DOUBLING - FIRST_DOUBLING) * 8 + (MEDIUM_CHUNK_MAX >> (LAST_DOUBLING - 3) & 7) <
                  MEDIUM_SHELVES,
              "every size up to the largest has its shelf");
static_assert(MEDIUM_BUSY < UINT16_MAX, "and two bytes so far");
static_assert(MEDIUM_EARNED <= UINT8_MAX && MEDIUM_CREDIT <= UINT8_MAX, "a byte counts so far");
static_assert(MEDIUM_BYTES_MAX >= MEDIUM_CHUNK_MAX, "every size can lie on its shelf");

/* The position of the highest bit: it tells the doubling that a size belongs to. */
static unsigned doubling_of(size_t size)
{
    assert(size > 0);
    return (unsigned)(8 * sizeof(unsigned long)) - 1 -
           (unsigned)__builtin_clzl((unsigned long)size);
}

/* What one shelf may hold: about 32 KiB, but at least two chunks and at most eight. */
static unsigned capacity(size_t size)
{
    size_t fits = 32 * KIB >> doubling_of(size);
    return (unsigned)(fits < 2 ? 2 : fits > 8 ? 8 : fits);
}

/* The three bits below the highest give the shelf in its doubling. */
static struct shelf *shelf_of(struct medium *m, size_t size)
{
    unsigned doubling = doubling_of(size);
    assert(doubling >= FIRST_DOUBLING && size <= MEDIUM_CHUNK_MAX);
    return &m->shelves[(doubling - FIRST_DOUBLING) * 8 + (size >> (doubling - 3) & 7)];
}

static struct link *take_newest(struct medium *m, struct shelf *s)
{
    struct link *newest = s->newest;
    assert(newest);
    __atomic_store_n(&s->newest, newest->next, __ATOMIC_RELEASE);
    s->count--;
    m->chunks--;
    m->bytes -= chunk_size(chunk_of(newest));
    return newest;
}

/* How many times a size must have come back. */
static unsigned to_earn(size_t size)
{
    return size >= MEDIUM_LARGE ? MEDIUM_EARNED_LARGE : MEDIUM_EARNED;
}

void medium_note_freed(struct medium *m, size_t size)
{
    struct shelf *s = size <= MEDIUM_CHUNK_MAX ? shelf_of(m, size) : NULL;
    if (s && s->credit < MEDIUM_CREDIT)
        s->credit++;
}

/* One more came back, if it was freed shortly before. */
static void note_return(struct shelf *s)
{
    if (s->credit == 0)
        return;
    s->credit--;
    if (s->returns < MEDIUM_EARNED)
        s->returns++;
}

struct chunk *medium_take(struct medium *m, size_t size)
{
    struct shelf *s = shelf_of(m, size);
    note_return(s);
    if (!s->newest || chunk_size(chunk_of(s->newest)) < size)
        return NULL;
    s->served++;
    return chunk_of(take_newest(m, s));
}

bool medium_was_busy(struct medium *m, size_t size)
{
    struct shelf *s = shelf_of(m, size);
    if (likely(s->served < MEDIUM_BUSY))
        return false;
    s->served = 0;
    return true;
}

/* A shelf is short enough to look whether c lies on it already. */
static void check_twice(const struct shelf *s, struct chunk *c)
{
    for (struct link *l = s->newest; l; l = l->next)
        if (unlikely(l == chunk_user(c)))
            die_at("double free or corruption (!prev)", l);
}

bool medium_put(struct medium *m, struct chunk *c)
{
    size_t size = chunk_size(c);
    assert(!chunk_is_mapped(c));
    struct shelf *s = shelf_of(m, size);
    /* So many in a row are no swing: somebody empties what he had filled. */
    if (s->credit == MEDIUM_CREDIT)
        s->returns = 0;
    else
        s->credit++;
    check_twice(s, c);
    if (s->returns < to_earn(size) || s->count >= capacity(size) ||
        m->bytes + size > MEDIUM_BYTES_MAX)
        return false;
    struct link *put = chunk_user(c);
    put->next = s->newest;
    __atomic_store_n(&s->newest, put, __ATOMIC_RELEASE);
    s->count++;
    m->chunks++;
    m->bytes += size;
    return true;
}

struct link *medium_take_closed(struct medium *m, size_t size)
{
    struct shelf *s = shelf_of(m, size);
    return s->newest && s->returns < to_earn(size) ? take_newest(m, s) : NULL;
}

struct link *medium_take_any(struct medium *m)
{
    for (unsigned i = 0; i < MEDIUM_SHELVES; i++)
        if (m->shelves[i].newest)
            return take_newest(m, &m->shelves[i]);
    return NULL;
}
