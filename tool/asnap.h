/*
 * asnap.h - the file of a snapshot: a document for everybody, and behind it the heap for ourselves.
 *
 *     | zstd frame, with a checksum         one JSON document                 |
 *     | skippable frame                     passed over by zstd(1)            |
 *     |   zstd frame, with a checksum         a tape of saved.h               |
 *
 * `zstd -dc FILE' shows the document; ashlar-asnap(5) describes it.
 */
#ifndef TOOL_ASNAP_H
#define TOOL_ASNAP_H

#include <stdbool.h>
#include <stddef.h>

/* Write both to the file, which is complete or not there; "-" is standard output.  On failure say
 * why and exit. */
struct asnap_part {
    const void *bytes;
    size_t size;
};
void asnap_write(const char *path, struct asnap_part document, struct asnap_part heap);

/* Whether the word names a file that begins as snapshots do. */
bool asnap_is(const char *path);

/* The parts of a file, unpacked; the caller's to free.  On failure say why and exit.  The heap is
 * NULL in files of versions that kept none. */
char *asnap_document(const char *path, size_t *size);
unsigned char *asnap_heap(const char *path, size_t *size);

/* Say that the file is no snapshot that can be read, why, and how one is made; and exit. */
__attribute__((noreturn)) void asnap_refuse(const char *path, const char *why);

#endif
