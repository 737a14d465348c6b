/*
 * glibc_state.h - main_arena found in a process whose libc has no symbols.
 *
 * It is recognised by what must hold in it: an empty bin points at itself in both directions, bin
 * 127 is always empty, and the ring of arenas comes back to where it began.  The same laws tell
 * which layout it has, so that the version is a second witness and not the first.
 */
#ifndef TOOL_GLIBC_STATE_H
#define TOOL_GLIBC_STATE_H

#include "glibc_layout.h"
#include "target.h"

enum glibc_found {
    GLIBC_FOUND,
    GLIBC_NONE,    /* no glibc in this process, or one of an unknown layout */
    GLIBC_UNUSED,  /* its malloc was never called: another one serves the process */
    GLIBC_BITS_32, /* a 32-bit process: its layouts are not known here */
    GLIBC_DENIED,  /* the memory cannot be read */
};

struct glibc_state {
    const struct glibc_arena_layout *arena;
    struct glibc_version version; /* 0.0 = the libc does not tell, as in a static program */
    uint64_t main;                /* address of main_arena */
    const struct area *data;      /* the first writable area of the libc or program it lies in */
    bool is_static;               /* in the program itself */
};

/* Room for any layout of malloc_state. */
enum { GLIBC_ARENA_BYTES = 2304 };

/* One malloc_state, copied. */
struct glibc_arena {
    uint64_t at;
    unsigned char bytes[GLIBC_ARENA_BYTES];
};

/* Find it.  The target's areas must be fresh; data points into them. */
enum glibc_found glibc_find(const struct target *target, struct glibc_state *state);

/* Copy the malloc_state at an address.  False if it cannot be read. */
bool glibc_arena_read(const struct target *target, const struct glibc_state *state, uint64_t at,
                      struct glibc_arena *arena);

/* Its words. */
uint64_t glibc_arena_word(const struct glibc_arena *arena, size_t offset);
uint64_t glibc_arena_top(const struct glibc_state *state, const struct glibc_arena *arena);
bool glibc_arena_contiguous(const struct glibc_arena *arena);

/* The address that stands for the head of a bin: as if it were a chunk, its fd is the bin's. */
uint64_t glibc_bin_head(const struct glibc_state *state, uint64_t arena, unsigned bin);

/* Where the bin's first link points. */
uint64_t glibc_bin_first(const struct glibc_state *state, const struct glibc_arena *arena,
                         unsigned bin);

/* The area that goes on where this one of the libc's data or bss ends; NULL = it was the last. */
const struct area *glibc_data_next(const struct target *target, const struct area *area);

#endif
