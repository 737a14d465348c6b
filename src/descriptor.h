/*
 * descriptor.h - where the library keeps what, for whoever looks at a process from outside.
 *
 * An ELF note in section .note.ashlar leads to it: owner "ashlar", type 1, two words of 32 bits:
 * the layout's number, and how far the descriptor lies from that second word itself.  The note is
 * found in the library, or in the program that the library is linked into, stripped or not.
 *
 *     ELF file   | ... | note: "ashlar" 1 | layout | distance | ... | descriptor | ...
 *                                                  '----------------^
 *
 * Only addresses, offsets and sizes stand here, and all are constant: looking costs the process
 * nothing.  What the fields lead to is told in the headers of their parts.  The tool includes this
 * file and no other of the library's.
 */
#ifndef ASHLAR_DESCRIPTOR_H
#define ASHLAR_DESCRIPTOR_H

#include <stdint.h>

/* One more whenever a field here is added, goes, moves, or means something else. */
#define DESCRIPTOR_LAYOUT 3

#define DESCRIPTOR_OWNER "ashlar"
#define DESCRIPTOR_NOTE 1

/* Places in memory.  Those that are variables of one file are told by a pointer of that file's. */
struct descriptor_roots {
    const void *main_arena;
    const void *heaps_of_runs; /* a pointer to the word that names the oldest heap of runs */
    const void *caches;        /* the same for the first cache of a living thread .. */
    const void *unused_caches; /* .. and of those that nobody uses */
    const void *mapped;        /* a pointer to the counters of mapped chunks */
    const void *apart;         /* a pointer to the word that names the chunk nobody counts */
    const void *regions;
    const void *tune;
    const void *nothing; /* where every magazine without storage ends */
    const void
        *guard; /* pointers to three words: the region, its records, how many have been used */
    const void *large; /* to two: the table of the secure build's large blocks, and its places */
};

struct descriptor_arena {
    uint32_t bytes, lock, index, fast, fast_bins;
    uint32_t top, first, system; /* of struct top, from the arena's beginning */
    uint32_t remainder, bins, bin_ends, returned, purged, inbox, next, threads;
};

/* A heap of an arena's chunks; the first fields are those of a heap of runs, too. */
struct descriptor_heap {
    uint32_t bytes, prev, size, first, fence;
    uint64_t most; /* bytes it reserves and is aligned to */
};

struct descriptor_runs {
    uint32_t head, newer, used, empty, marks, run, span_units, span_pages;
    uint32_t bits_few, bits, bits_many;    /* where they begin .. */
    uint32_t words_few, words, words_many; /* .. and words for each run */
    uint32_t slot_few, slot_min;           /* slots from these sizes on have the former */
    uint32_t run_bytes, run_arena, run_size, slots, free; /* struct run, and fields of it */
    uint32_t place, unit, span_page, span_is_ready;       /* sizes in bytes; a bit of span_units */
    uint32_t span_mark, mark_first, mark_step, mark_offsets;
    uint32_t fenced; /* 1: places without a run and a block are fences that nobody may touch */
};

struct descriptor_cache {
    uint32_t bytes, whole; /* of it alone, and with all it needs */
    uint32_t at, at_bytes, at_top, at_limit;
    uint32_t capacity, spare_count, storage, arena, tid, out, next;
    uint32_t lists, first_list, lists_of_runs; /* the latter begin with this one */
    uint32_t shelves, shelf_bytes, shelf_newest, shelf_count, shelf_most;
    uint32_t spans_count, spans_bytes;
    uint32_t packs, pack_bytes, pack_list, pack_count; /* from [1] on */
    uint32_t pack_blocks, pack_blocks_bytes; /* a pointer to what packs hold, and bytes of each */
    uint32_t packs_most, pack_most;
    uint32_t box_bytes, box_count, box_blocks, boxes, box_most;
    uint32_t packet_most;
    uint32_t kept, kept_bytes, kept_slot,
        kept_slot_bytes;            /* rings of freed slots, the secure build's */
    uint32_t kept_rings, kept_most; /* how many, 0 in the default build, and slots in each */
};

struct descriptor_mapped {
    uint32_t chunks, bytes, risen;
};

struct descriptor_tune {
    uint32_t tcache, arena_max, top_pad, trim_threshold, mmap_threshold, decay, background, fixed;
};

struct descriptor_guard {
    uint32_t bytes; /* of a record */
    uint32_t state, user, n, live;
    uint32_t most; /* a place is so many bytes, behind a page that nobody may touch */
};

struct descriptor_large {
    uint32_t bytes; /* of one place of the table */
    uint32_t block, size;
};

struct descriptor {
    uint32_t layout, bytes; /* DESCRIPTOR_LAYOUT, and of this struct */
    struct descriptor_roots roots;
    struct descriptor_arena arena;
    struct descriptor_heap heap;
    struct descriptor_runs runs;
    struct descriptor_cache cache;
    struct descriptor_mapped mapped;
    struct descriptor_guard guard;
    struct descriptor_large large;
    struct descriptor_tune tune;
};

#endif
