/*
 * report_data.h - the one JSON document that a page is made of, schema "ashlar.report/1".
 *
 *     survey  -> the documents of explain, map and heap  -+-> document -> page
 *                chunks, packed                          -'
 */
#ifndef TOOL_REPORT_DATA_H
#define TOOL_REPORT_DATA_H

#include "survey.h"
#include "target_words.h"

#include <jansson.h>

/* So many chunks are told one by one unless another number is given: 2 MB of page, and the heap of
 * most programs. */
enum { REPORT_DETAIL = 500000 };

struct report_request {
    struct show show; /* how the sentences are written */
    struct target_words targets;
    const char *file; /* -o; NULL = a name is made */
    size_t detail;    /* --detail: chunks that are told one by one */
    char *command;    /* as it was called, to be called again */
};

/* The document of what was found out; the caller's. */
json_t *report_document(const struct survey *survey, const struct report_request *request);

#endif
