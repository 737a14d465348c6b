/*
 * snapshot.h - a survey in a file, to be compared and looked at later: FILE.asnap.
 *
 *     survey -> account -> JSON ---> asnap.h --> FILE.asnap
 *        '----> saved.h -> tape ---'
 */
#ifndef TOOL_SNAPSHOT_H
#define TOOL_SNAPSHOT_H

#include "account.h"
#include "asnap.h"

/* Write the survey to the file, which is complete or not there; "-" is standard output.  On failure
 * say why and exit. */
void snapshot_write(const struct survey *survey, const struct show *show, const char *path);

/* The document of a file, the caller's to release; on failure say why and exit. */
json_t *snapshot_read(const char *path);

#endif
