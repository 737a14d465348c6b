/*
 * descriptor.c - the descriptor and the note that leads to it.
 */
#include "descriptor.h"

#include "arenas.h"
#include "guard.h"
#include "large.h"
#include "mapped.h"
#include "places.h"
#include "region.h"
#include "spans.h"
#include "tcache.h"
#include "thread.h"
#include "tune.h"

/* The note names it, and nothing else does. */
extern const struct descriptor descriptor;

#define AT(type, field) ((uint32_t)offsetof(struct type, field))

/* By the tool, which trusts the order of words in a chunk and in a bin's end, too. */
static_assert(AT(chunk, head) == WORD && AT(chunk, fd) == 2 * WORD, "as in ptmalloc2");

__attribute__((used)) const struct descriptor descriptor =
    {
        .layout = DESCRIPTOR_LAYOUT,
        .bytes = sizeof(struct descriptor),
        .roots =
            {
                .main_arena = &main_arena,
                .heaps_of_runs = &places_root,
                .caches = &thread_root,
                .unused_caches = &thread_unused_root,
                .mapped = &mapped_root,
                .apart = &mapped_apart_root,
                .regions = region_table,
                .tune = &tune,
                .nothing = &cache_nothing[CACHE_END - 1],
                .guard = guard_roots,
                .large = large_roots,
            },
        .arena =
            {
                .bytes = sizeof(struct arena),
                .lock = AT(arena, lock),
                .index = AT(arena, index),
                .fast = AT(arena, fast.newest),
                .fast_bins = FASTBINS,
                .top = AT(arena, top.chunk),
                .first = AT(arena, top.first),
                .system = AT(arena, top.system),
                .remainder = AT(arena, last_remainder),
                .bins = AT(arena, bins.ends),
                .bin_ends = BINS,
                .returned = AT(arena, bins.returned),
                .purged = AT(arena, purged),
                .inbox = AT(arena, inbox.newest),
                .next = AT(arena, next),
                .threads = AT(arena, threads),
            },
        .heap =
            {
                .bytes = sizeof(struct heap),
                .prev = AT(heap, prev),
                .size = AT(heap, size),
                .first = AT(heap, first),
                .fence = AT(heap, fence),
                .most = HEAP_MAX,
            },
        .runs =
            {
                .head = HEAD_PLACES * RUN_SIZE,
                .newer = AT(run_heap, newer),
                .used = AT(run_heap, used),
                .empty = AT(run_heap, empty),
                .marks = AT(run_heap, marks),
                .run = AT(run_heap, run),
                .span_units = AT(run_heap, span_units),
                .span_pages = AT(run_heap, span_pages),
                .bits_few = AT(run_heap, bits_few),
                .bits = AT(run_heap, bits),
                .bits_many = AT(run_heap, bits_many),
                .words_few = RUN_WORDS_FEW,
                .words = RUN_WORDS,
                .words_many = RUN_WORDS_MANY,
                .slot_few = RUN_SLOT_FEW,
                .slot_min = RUN_SLOT_MIN,
                .run_bytes = sizeof(struct run),
                .run_arena = AT(run, arena),
                .run_size = AT(run, size),
                .slots = AT(run, slots),
                .free = AT(run, free),
                .place = RUN_SIZE,
                .unit = PLACE_UNIT,
                .span_page = 4 * KIB,
                .span_is_ready = SPAN_IS_READY,
                .span_mark = SPAN_MARK,
                .mark_first = RUN_MARK_FIRST,
                .mark_step = RUN_MARK_STEP,
                .mark_offsets = RUN_MARK_OFFSETS,
                .fenced = SECURE,
            },
        .cache =
            {
                .bytes = sizeof(struct cache),
                .whole = sizeof(struct whole_cache),
                .at = AT(cache, at),
                .at_bytes = sizeof(struct magazine),
                .at_top = AT(magazine, top),
                .at_limit = AT(magazine, limit),
                .capacity = AT(cache, capacity),
                .spare_count = AT(cache, spare_count),
                .storage = AT(cache, storage),
                .arena = AT(cache, arena),
                .tid = AT(cache, tid),
                .out = AT(cache, out),
                .next = AT(cache, next),
                .lists = CACHE_LISTS,
                .first_list = CACHE_FIRST,
                .lists_of_runs = CACHE_CLASSES,
                .shelves = AT(cache, medium.shelves),
                .shelf_bytes = sizeof(struct shelf),
                .shelf_newest = AT(shelf, newest),
                .shelf_count = AT(shelf, count),
                .shelf_most = MEDIUM_SHELVES,
                .spans_count = AT(cache, spans.count),
                .spans_bytes = AT(cache, spans.bytes),
                .packs = AT(cache, depot.packs),
                .pack_bytes = sizeof(struct pack),
                .pack_list = AT(pack, list),
                .pack_count = AT(pack, count),
                .pack_blocks = AT(cache, depot.blocks),
                .pack_blocks_bytes = DEPOT_BLOCKS * WORD,
                .packs_most = DEPOT_PACKS,
                .pack_most = DEPOT_BLOCKS,
                .box_bytes = sizeof(struct outbox),
                .box_count = AT(outbox, count),
                .box_blocks = AT(outbox, blocks),
                .boxes = OUTBOXES,
                .box_most = OUTBOX_BLOCKS,
                .packet_most = PACKET_BLOCKS,
                .kept = AT(cache, kept),
                .kept_bytes = sizeof(struct kept),
                .kept_slot = AT(kept, ring[0].slot),
                .kept_slot_bytes = sizeof(struct kept_slot),
                .kept_rings = SECURE ? 2 : 0,
                .kept_most = KEPT_SLOTS,
            },
        .mapped =
            {
                .chunks = MAPPED_CHUNKS * WORD,
                .bytes = MAPPED_BYTES * WORD,
                .risen = MAPPED_RISEN * WORD,
            },
        .guard =
            {
                .bytes = sizeof(struct guarded),
                .state = AT(guarded, state),
                .user = AT(guarded, user),
                .n = AT(guarded, n),
                .live = GUARD_LIVE,
                .most = GUARD_BLOCK_MAX,
            },
        .large =
            {
                .bytes = sizeof(struct large),
                .block = AT(large, block),
                .size = AT(large, size),
            },
        .tune =
            {
                .tcache = AT(tune, tcache),
                .arena_max = AT(tune, arena_max),
                .top_pad = AT(tune, top_pad),
                .trim_threshold = AT(tune, trim_threshold),
                .mmap_threshold = AT(tune, mmap_threshold),
                .decay = AT(tune, decay),
                .background = AT(tune, background),
                .fixed = AT(tune, thresholds_fixed),
            },
};

/* Two numbers stand in text here: the type and the layout, which are asserted below. */
__asm__(".pushsection .note.ashlar, \"a\", %note\n"
        ".balign 4\n"
        ".long 2f - 1f, 4f - 3f, 1\n"
        "1: .asciz \"ashlar\"\n"
        "2: .balign 4\n"
        "3: .long 3\n"
        ".long descriptor - .\n"
        "4: .balign 4\n"
        ".popsection");

static_assert(DESCRIPTOR_NOTE == 1 && DESCRIPTOR_LAYOUT == 3, "what the note says");
