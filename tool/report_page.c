/*
 * report_page.c - the page's own parts, which the build has packed into report_parts, with the title,
 * the verdict and the data between them.
 *
 *     report/page.html  report.css  *.js  --embed.py-->  report_parts.c
 *
 * What comes from outside (names of processes and files) stands in the page in two places: escaped
 * in its head, for readers without JavaScript, and in the data, where no '<' is left that could end
 * the element.
 */
#include "report_page.h"

#include "report_parts.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A character that means something to HTML, and what is written for it. */
static const char *entity(char letter)
{
    switch (letter) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    default: return NULL;
    }
}

/* Text between tags or in an attribute's quotes. */
static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        const char *escaped = entity(*text);
        if (escaped)
            fputs(escaped, out);
        else
            putc(*text, out);
    }
}

/* JSON has '<' in strings only, where it may be written in another way. */
static int put_data(const char *text, size_t length, void *out)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '<')
            fputs("\\u003c", out);
        else
            putc(text[i], out);
    }
    return 0;
}

static const char *verdict_of(const json_t *document)
{
    return json_string_value(json_object_get(json_object_get(document, "explain"), "verdict"));
}

/* "frag (16333)"; a core file may not say whose it is. */
static void put_title(FILE *out, const json_t *document)
{
    const json_t *target = json_object_get(json_object_get(document, "map"), "target");
    const char *name = json_string_value(json_object_get(target, "name"));
    put_text(out, name && *name ? name : "core file");
    fprintf(out, " (%lld)", (long long)json_integer_value(json_object_get(target, "pid")));
}

/* The data are dumped straight into the page: a second copy of them would be the largest thing in
 * memory here. */
char *report_page(const json_t *document, size_t *length)
{
    char *page = NULL;
    FILE *out = open_memstream(&page, length);
    if (!out)
        say_and_exit(EXIT_OURS, "out of memory");
    fputs(report_parts[REPORT_BEFORE_TITLE], out);
    put_title(out, document);
    fputs(report_parts[REPORT_BEFORE_VERDICT], out);
    put_text(out, verdict_of(document));
    fputs(report_parts[REPORT_BEFORE_DATA], out);
    int failed = json_dump_callback(document, put_data, out, JSON_COMPACT);
    fputs(report_parts[REPORT_END], out);
    failed |= ferror(out);
    if (fclose(out) != 0 || failed)
        say_and_exit(EXIT_OURS, "out of memory");
    return page;
}
