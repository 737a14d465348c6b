/* heap_look.h - what `ashlar heap` was asked for and what it shows it of. */
#ifndef TOOL_HEAP_LOOK_H
#define TOOL_HEAP_LOOK_H

#include "heap_model.h"
#include "target_words.h"

#include <jansson.h>

enum { HEAP_NO_LIMIT = -1 };

struct heap_request {
    struct show show;
    struct target_words targets;
    const char *arena; /* --arena: its name; NULL = all */
    bool chunks;       /* --chunks: list them, */
    long chunk_limit;  /* at most so many; HEAP_NO_LIMIT */
    bool has_address;  /* -c ADDR */
    uint64_t address;
    bool all_bins; /* --bins */
    bool sizes;    /* --hist */
    bool verbose;  /* -v: pictures of all arenas, threads */
};

struct heap_look {
    const struct heap_request *request;
    const struct target *target;
    const struct heap_model *model;
    size_t arena; /* the one asked for; SIZE_MAX = all */
};

/* The parts of the text, each in a file of its own. */
void heap_print_table(const struct heap_look *look);
void heap_print_pictures(const struct heap_look *look);
void heap_print_bins(const struct heap_look *look);
void heap_print_sizes(const struct heap_look *look);
void heap_print_chunks(const struct heap_look *look);
void heap_print_address(const struct heap_look *look);

/* For other programs. */
json_t *heap_json(const struct heap_look *look); /* the document of --json, the caller's */
void heap_print_json(const struct heap_look *look);
void heap_print_plain(const struct heap_look *look);

/* "live", "free, in large[96]", "cached by thread 7". */
const char *heap_describe(const struct heap_model *model, const struct heap_chunk *chunk,
                          char text[64]);

/* The flags as letters: "P-N". */
const char *heap_flags(unsigned flags, char text[4]);

/* The links of a free chunk, read from the target.  False if it has none. */
bool heap_links(const struct heap_look *look, const struct heap_chunk *chunk, uint64_t *fd,
                uint64_t *bk);

/* Whether the arena with that index was asked for. */
bool heap_wants(const struct heap_look *look, size_t arena);

#endif
