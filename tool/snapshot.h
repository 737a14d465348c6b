/*
 * snapshot.h - an account in a file, to be compared and looked at later: FILE.asnap.
 *
 *     | zstd frame, with a checksum                            |
 *     |   one JSON document, schema "ashlar.snap/1"            |
 *
 * `zstd -dc FILE' shows it; ashlar-asnap(5) describes it.
 */
#ifndef TOOL_SNAPSHOT_H
#define TOOL_SNAPSHOT_H

#include "account.h"

/* Make the document of a survey. */
json_t *snapshot_document(const struct survey *survey, const struct show *show);

/* Write it to the file, which is complete or not there; "-" is standard output.  On failure say why
 * and exit. */
void snapshot_write(json_t *document, const char *path);

/* Whether the word names a file that begins as snapshots do. */
bool snapshot_is(const char *path);

/* The document, the caller's to release; on failure say why and exit. */
json_t *snapshot_read(const char *path);

#endif
