/* report_page.h - the HTML around a report's document. */
#ifndef TOOL_REPORT_PAGE_H
#define TOOL_REPORT_PAGE_H

#include <jansson.h>
#include <stddef.h>

/* The page; the text is the caller's, the document stays his.  Exits when memory is out. */
char *report_page(const json_t *document, size_t *length);

#endif
