/*
 * ashlar_caches.c - arrays of pointers, each to a block that its arena takes for live.
 *
 *     cache    | top limit | top limit | ..  capacity  spare  storage ..  shelves  out |
 *     storage  | 0 | magazine ... | 0 | magazine ... |      one ready, one spare
 *
 * A cache is its thread's alone and has no lock: of a thread that runs it may be between two
 * moments, and then some of its blocks are met by no walk.
 */
#include "ashlar_caches.h"

#include "memory.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

enum { CACHES_MAX = 65536, PACKETS_MAX = 1 << 20, BLOCKS_MAX = 256 };

/* A cache's own bytes, copied. */
struct copy {
    struct ashlar_reader *reader;
    const struct descriptor_cache *d;
    uint64_t at; /* in the target */
    unsigned char *bytes;
    struct heap_cache *told; /* what the model says of it */
    uint32_t number;         /* which one in the model it is */
};

/* A number of the cache's, of 1 to 8 bytes. */
static uint64_t number(const struct copy *c, size_t offset, size_t bytes)
{
    uint64_t value = 0;
    if (offset + bytes <= c->d->bytes)
        memcpy(&value, c->bytes + offset, bytes);
    return value;
}

/* The size of the slots around an address in a heap of runs; 0 if no run is there. */
static uint64_t slot_size(const struct ashlar_reader *reader, uint64_t user)
{
    const struct descriptor *where = &reader->where;
    uint64_t heap = user & ~(where->heap.most - 1);
    uint64_t place = user % where->heap.most / where->runs.place;
    uint32_t mark = 0;
    memory_read(reader->target, heap + where->runs.marks + place * 4, &mark, sizeof mark);
    mark %= where->runs.mark_offsets;
    uint64_t class = (mark - where->runs.mark_first) / where->runs.mark_step;
    return mark >= where->runs.mark_first && class < ASHLAR_CLASSES ? reader->slot_size[class] : 0;
}

/* The size of the slot or chunk that the program's pointer leads to, and where the model has it; 0
 * if that cannot be known. */
static uint64_t block_at(struct ashlar_reader *reader, uint64_t user, uint64_t *at)
{
    const struct heap_segment *segment = heap_segment_at(reader->chunks.model, user);
    bool headless = segment && segment->headless;
    uint64_t head = 0;
    *at = headless ? user : user - GLIBC_HEADER;
    if (headless)
        return slot_size(reader, user);
    return segment && peek_word(reader->chunks.links, user - GLIBC_WORD, &head)
               ? head & ~(uint64_t)7
               : 0;
}

/* Let the walk find the block to be cached; `told` may be NULL. */
static void mark_block(struct ashlar_reader *reader, uint64_t user, unsigned bin, uint32_t cache,
                       struct heap_cache *told)
{
    struct heap_mark mark = {.cache = cache, .bin = (uint8_t)bin, .state = HEAP_CACHED};
    uint64_t size = block_at(reader, user, &mark.at);
    glibc_mark_add(&reader->chunks.marks, &mark);
    if (told) {
        told->count++;
        told->bytes += size;
    }
}

/* So many pointers from there on. */
static bool mark_array(const struct copy *c, uint64_t at, uint64_t count, unsigned bin)
{
    uint64_t users[BLOCKS_MAX];
    if (count > BLOCKS_MAX || !memory_read(c->reader->target, at, users, count * sizeof *users))
        return false;
    for (uint64_t i = 0; i < count; i++)
        mark_block(c->reader, users[i], bin, c->number, c->told);
    return true;
}

/* Both magazines of a list. */
static bool read_list(const struct copy *c, unsigned list)
{
    uint64_t top = number(c, c->d->at + (size_t)list * c->d->at_bytes + c->d->at_top, 8);
    uint64_t storage = number(c, c->d->storage + (size_t)list * 8, 8);
    uint64_t capacity = number(c, c->d->capacity + list, 1);
    uint64_t spare = number(c, c->d->spare_count + list, 1);
    if (top == ashlar_address(c->reader->where.roots.nothing) + 8 || !storage || !capacity)
        return true;
    uint64_t first = storage + 8, second = storage + (capacity + 1) * 8 + 8;
    uint64_t ready = top >= second ? second : first, other = top >= second ? first : second;
    if (top < ready || (top - ready) / 8 > capacity || top % 8 != 0 || spare > capacity)
        return false;
    return mark_array(c, ready, (top - ready) / 8, list) && mark_array(c, other, spare, list);
}

/* Full magazines that were set aside. */
static bool read_packs(const struct copy *c)
{
    uint64_t blocks = number(c, c->d->pack_blocks, 8);
    bool good = true;
    for (unsigned n = 1; blocks && n <= c->d->packs_most; n++) {
        size_t pack = c->d->packs + (size_t)n * c->d->pack_bytes;
        uint64_t list = number(c, pack + c->d->pack_list, 1);
        uint64_t count = number(c, pack + c->d->pack_count, 1);
        uint64_t at = blocks + (uint64_t)(n - 1) * c->d->pack_blocks_bytes;
        good = count <= c->d->pack_most && list < c->d->lists &&
               (count == 0 || mark_array(c, at, count, (unsigned)list)) && good;
    }
    return good;
}

/* Freed slots that wait, the secure build's. */
static void read_kept(const struct copy *c)
{
    for (unsigned ring = 0; ring < c->d->kept_rings; ring++)
        for (unsigned i = 0; i < c->d->kept_most; i++) {
            uint64_t user = number(c,
                                   c->d->kept + (size_t)ring * c->d->kept_bytes + c->d->kept_slot +
                                       (size_t)i * c->d->kept_slot_bytes,
                                   8);
            if (user)
                mark_block(c->reader, user, c->d->first_list, c->number, c->told);
        }
}

/* A shelf is a list through the blocks themselves. */
static bool read_shelf(const struct copy *c, unsigned shelf)
{
    size_t at = c->d->shelves + (size_t)shelf * c->d->shelf_bytes;
    uint64_t user = number(c, at + c->d->shelf_newest, 8);
    uint64_t count = number(c, at + c->d->shelf_count, 1);
    for (uint64_t i = 0; i < count; i++) {
        if (!user || user % GLIBC_ALIGN != 0)
            return false;
        mark_block(c->reader, user, c->d->lists + shelf, c->number, c->told);
        if (!peek_word(c->reader->chunks.links, user, &user))
            return false;
    }
    return true;
}

/* What the thread has freed of others and not sent yet. */
static bool read_boxes(const struct copy *c)
{
    uint64_t out = number(c, c->d->out, 8);
    bool good = true;
    for (unsigned i = 0; out && i < c->d->boxes; i++) {
        uint64_t box = out + (uint64_t)i * c->d->box_bytes;
        uint32_t count = 0;
        good = memory_read(c->reader->target, box + c->d->box_count, &count, sizeof count) &&
               count <= c->d->box_most &&
               mark_array(c, box + c->d->box_blocks, count, ASHLAR_BIN_POST) && good;
    }
    return good;
}

/* Whether a variable of the library's lies on the same area. */
static bool is_variable(const struct ashlar_reader *reader, uint64_t at)
{
    const struct areas *areas = &reader->target->areas;
    const struct descriptor_roots *roots = &reader->where.roots;
    const struct area *area = areas_find(areas, at);
    return area == areas_find(areas, ashlar_address(roots->main_arena)) ||
           area == areas_find(areas, ashlar_address(roots->nothing));
}

/* Its own memory, unless it is among the library's variables. */
static void claim(struct ashlar_reader *reader, uint64_t cache)
{
    struct heap_model *model = reader->chunks.model;
    if (is_variable(reader, cache))
        return;
    model->own = reallocarray(model->own, model->own_count + 1, sizeof *model->own);
    if (!model->own)
        say_and_exit(EXIT_OURS, "out of memory");
    model->own[model->own_count++] =
        (struct heap_own){.start = cache, .end = cache + reader->where.cache.whole};
}

/* Let the model have the cache, with nothing but its spans yet. */
static void begin(struct copy *c)
{
    struct heap_model *model = c->reader->chunks.model;
    model->caches = reallocarray(model->caches, model->cache_count + 1, sizeof *model->caches);
    if (!model->caches)
        say_and_exit(EXIT_OURS, "out of memory");
    c->number = (uint32_t)model->cache_count;
    c->told = &model->caches[model->cache_count++];
    *c->told = (struct heap_cache){.at = c->at,
                                   .thread = (pid_t)number(c, c->d->tid, 4),
                                   .uses = number(c, c->d->arena, 8),
                                   .count = number(c, c->d->spans_count, 8),
                                   .bytes = number(c, c->d->spans_bytes, 8)};
}

/* One cache; false if it contradicts itself. */
static bool read_cache(struct copy *c)
{
    bool good = true;
    begin(c);
    for (unsigned list = c->d->first_list; list < c->d->lists; list++)
        good = read_list(c, list) && good;
    for (unsigned shelf = 0; shelf < c->d->shelf_most; shelf++)
        good = read_shelf(c, shelf) && good;
    good = read_packs(c) && good;
    read_kept(c);
    return read_boxes(c) && good;
}

/* What a root leads to; 0 = nothing. */
static uint64_t first_cache(const struct ashlar_reader *reader, const void *root)
{
    uint64_t at = ashlar_address(root);
    return memory_read_word(reader->target, at, &at) && memory_read_word(reader->target, at, &at)
               ? at
               : 0;
}

/* From a root along the list; each is read, or only claimed.  One that moves spoils no other. */
static bool each_cache(struct ashlar_reader *reader, const void *root, bool in_use)
{
    struct copy c = {.reader = reader, .d = &reader->where.cache};
    bool good = true;
    c.at = first_cache(reader, root);
    c.bytes = malloc(c.d->bytes);
    if (!c.bytes)
        say_and_exit(EXIT_OURS, "out of memory");
    for (unsigned i = 0; c.at && i < CACHES_MAX; i++) {
        if (!memory_read(reader->target, c.at, c.bytes, c.d->bytes)) {
            good = false;
            break;
        }
        claim(reader, c.at);
        good = (!in_use || read_cache(&c)) && good;
        c.at = number(&c, c.d->next, 8);
    }
    free(c.bytes);
    return good;
}

/* How many others the packet can name.  The least slot has room for the link alone. */
static uint64_t packet_room(struct ashlar_reader *reader, uint64_t packet)
{
    uint64_t at, size = block_at(reader, packet, &at), words = at == packet ? 1 : 2;
    uint64_t room = size / 8 > words ? size / 8 - words : 0;
    uint64_t most = reader->where.cache.packet_most - 1;
    return room < most ? room : most;
}

/* A packet is a block that names others, as many as fit or up to a 0. */
static bool read_packet(struct ashlar_reader *reader, uint64_t packet, uint64_t *next)
{
    uint64_t room = packet_room(reader, packet), user = 1;
    if (packet % 8 != 0 || !peek_word(reader->chunks.links, packet, next))
        return false;
    mark_block(reader, packet, ASHLAR_BIN_POST, UINT32_MAX, NULL);
    for (uint64_t i = 1; i <= room; i++) {
        if (!peek_word(reader->chunks.links, packet + i * 8, &user))
            return false;
        if (user == 0)
            break;
        mark_block(reader, user, ASHLAR_BIN_POST, UINT32_MAX, NULL);
    }
    return true;
}

/* What others have left in an arena's inbox. */
static bool read_inbox(struct ashlar_reader *reader, uint64_t arena)
{
    uint64_t packet;
    if (!memory_read_word(reader->target, arena + reader->where.arena.inbox, &packet))
        return false;
    for (unsigned i = 0; packet; i++) {
        if (i == PACKETS_MAX || !read_packet(reader, packet, &packet))
            return false;
    }
    return true;
}

/* Blocks that no walk has met: their arena moved between the two looks. */
static void judge(struct ashlar_reader *reader, size_t first)
{
    struct heap_model *model = reader->chunks.model;
    glibc_marks_apply(&reader->chunks, first, 0);
    for (size_t i = first; i < reader->chunks.marks.count; i++) {
        const struct heap_mark *mark = &reader->chunks.marks.list[i];
        const struct heap_segment *segment = heap_segment_at(model, mark->at);
        if (!mark->seen)
            model->arenas[segment ? segment->arena : 0].torn = true;
    }
}

void ashlar_caches_read(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    size_t first = reader->chunks.marks.count;
    peek_forget(reader->chunks.links);
    bool good = each_cache(reader, reader->where.roots.caches, true);
    each_cache(reader, reader->where.roots.unused_caches, false);
    for (size_t i = 0; i < model->arena_count; i++)
        good = (model->arenas[i].is_shared || read_inbox(reader, model->arenas[i].at)) && good;
    if (!good && model->arena_count)
        model->arenas[0].torn = true;
    judge(reader, first);
}
