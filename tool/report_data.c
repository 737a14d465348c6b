/*
 * report_data.c - the documents of the other verbs put together, and the words that explain them.
 *
 * The page shows what `ashlar explain', `map' and `heap' say with --json, so that no number exists
 * twice.  Words for kinds and codes travel with it: the page knows none of its own.
 */
#include "report_data.h"

#include "heap_look.h"
#include "json_out.h"
#include "map_note.h"
#include "map_view.h"
#include "report_chunks.h"
#include "report_host.h"
#include "report_sizes.h"

#include <stdio.h>
#include <stdlib.h>

/* How the parts of the breakdown are called. */
static json_t *json_part_names(void)
{
    json_t *object = json_object();
    for (int part = 0; part < PARTS; part++)
        json_put(object, facts_part_word((enum fact_part)part),
                 json_string(facts_part_name((enum fact_part)part)));
    return object;
}

/* A name, and the lesson of `ashlar map --teach'. */
static json_t *json_region_kind(enum region_kind kind)
{
    json_t *words = json_object();
    json_put(words, "name", json_string(region_kind_name(kind)));
    json_put(words, "lesson", json_string(map_lesson(kind)));
    return words;
}

/* All kinds, by the words that regions have for them. */
static json_t *json_region_kinds(void)
{
    json_t *object = json_object();
    for (enum region_kind kind = 0; kind < REGION_KINDS; kind++)
        json_put(object, region_kind_word(kind), json_region_kind(kind));
    return object;
}

/* What `ashlar help explain Q001' tells. */
static json_t *json_code(enum explain_code code)
{
    const struct explain_code_text *text = explain_code_text(code);
    json_t *words = json_object();
    json_put(words, "title", json_string(text->title));
    json_put(words, "meaning", json_string(text->meaning));
    json_put(words, "remedy", json_string(text->remedy));
    return words;
}

/* What every code means: the page needs no other document beside it. */
static json_t *json_codes(void)
{
    json_t *object = json_object();
    char name[8];
    for (enum explain_code code = 0; code < EXPLAIN_CODES; code++) {
        snprintf(name, sizeof name, "Q%03u", (unsigned)code);
        json_put(object, name, json_code(code));
    }
    return object;
}

/* Of a heap whose blocks were counted, as the bar in the text shows it; several heaps in one row
 * have no bar there either. */
static void put_blocks(json_t *object, const struct map_row *row, const struct region *region)
{
    if (row->count > 1 || !region->counted)
        return;
    json_put(object, "live", json_size(region->live));
    json_put(object, "free", json_size(region->free));
}

/* One line of `ashlar map', with its note. */
static json_t *json_row(const struct map_view *view, const struct map_row *row)
{
    const struct region *region = &view->regions->list[row->first];
    char note[MAP_NOTE];
    json_t *object = json_object();
    json_put(object, "start", json_address(row->start));
    json_put(object, "end", json_address(row->end));
    json_put(object, "regions", json_size(row->count));
    json_put(object, "committed", json_size(row->committed));
    json_put(object, "resident", json_size(row->usage.resident));
    json_put(object, "kind", json_string(region_kind_word(region->kind)));
    json_put(object, "name", json_name(region->label));
    json_put(object, "note", json_name(map_note(view, row, note)));
    put_blocks(object, row, region);
    return object;
}

/* The rows into which `ashlar map' folds the regions, high addresses first. */
static json_t *json_rows(const struct map_view *view)
{
    struct map_row *rows;
    json_t *array = json_array();
    for (size_t i = map_rows(view, &rows); i-- > 0;)
        json_append(array, json_row(view, &rows[i]));
    free(rows);
    return array;
}

/* The document of `ashlar map', and its rows. */
static void put_map(json_t *document, const struct survey *survey,
                    const struct report_request *request)
{
    struct map_request map_request = {.show = request->show};
    struct map_view view = {.request = &map_request,
                            .target = survey->target,
                            .regions = survey->regions,
                            .allocator = survey->allocator};
    layout_read(survey->target, &view.layout);
    json_put(document, "map", map_json(&view));
    json_put(document, "rows", json_rows(&view));
}

/* The document of `ashlar heap --hist', how exact it is, and the chunks. */
static void put_heap(json_t *document, const struct survey *survey,
                     const struct report_request *request)
{
    struct heap_request heap_request = {.show = request->show, .sizes = true};
    struct heap_look look = {&heap_request, survey->target, survey->model, SIZE_MAX};
    char text[160];
    json_put(document, "heap", heap_json(&look));
    json_put(document, "exactness", json_string(heap_exactness(survey->model, text)));
    json_put(document, "chunks", report_chunks(survey->model, request->detail));
    json_put(document, "sizes", report_sizes(survey->model));
    json_put(document, "largest", report_largest(survey->model));
}

/* The words for people, and who made it. */
static void put_words(json_t *document, const struct report_request *request)
{
    json_put(document, "host", report_host(request->command));
    json_put(document, "part_names", json_part_names());
    json_put(document, "region_kinds", json_region_kinds());
    json_put(document, "codes", json_codes());
}

/* "heap" and what follows it is left out where the heap cannot be read: its absence says so better
 * than zeros would. */
json_t *report_document(const struct survey *survey, const struct report_request *request)
{
    json_t *document = json_document("ashlar.report/1");
    struct explanation explanation = survey_explanation(survey, &request->show);
    char allocator[ALLOCATOR_TEXT];
    put_words(document, request);
    json_put(document, "allocator", json_string(allocator_text(&survey->allocator, allocator)));
    json_put(document, "environment", report_environment(survey->target));
    json_put(document, "explain", explain_json(&explanation));
    put_map(document, survey, request);
    if (survey->heap_known)
        put_heap(document, survey, request);
    return document;
}
