/*
 * explain_out.c - the verdict for other programs: fields between tabs, and JSON.
 *
 * Names here are for machines and stay as they are; ashlar-explain(1) tells them.
 */
#include "explain_print.h"
#include "fail_if.h"
#include "heap_read.h"
#include "json_out.h"

#include <inttypes.h>
#include <stdio.h>

void explain_print_plain(const struct explanation *e)
{
    printf("kind\tname\tbytes\n");
    printf("total\tresident\t%" PRIu64 "\n", e->facts->resident);
    for (int part = 0; part < PARTS; part++)
        printf("part\t%s\t%" PRIu64 "\n", facts_part_word((enum fact_part)part),
               e->facts->part[part]);
    for (size_t i = 0; i < e->causes->count; i++)
        printf("cause\tQ%03u\t%" PRIu64 "\n", (unsigned)e->causes->list[i].code,
               e->causes->list[i].bytes);
    for (size_t i = 0; i < e->remedies->count; i++)
        printf("remedy\t%s\t%" PRIu64 "\n", e->remedies->list[i].what,
               e->remedies->list[i].resident);
    for (size_t i = 0; e->failed && i < e->failed->count; i++)
        printf("failed\t%s\t1\n", e->failed->list[i].text);
}

/* Bytes by part; they add up to "resident". */
static json_t *json_parts(const struct facts *facts)
{
    json_t *object = json_object();
    for (int part = 0; part < PARTS; part++)
        json_put(object, facts_part_word((enum fact_part)part), json_size(facts->part[part]));
    return object;
}

/* The weightiest first, with the sentences that the text has. */
static json_t *json_causes(const struct causes *causes)
{
    json_t *array = json_array();
    for (size_t i = 0; i < causes->count; i++) {
        const struct cause *cause = &causes->list[i];
        json_t *object = json_object();
        char code[8];
        snprintf(code, sizeof code, "Q%03u", (unsigned)cause->code);
        json_put(object, "code", json_string(code));
        json_put(object, "title", json_string(explain_code_text(cause->code)->title));
        json_put(object, "bytes", json_size(cause->bytes));
        json_put(object, "text", json_name(cause->text));
        json_append(array, object);
    }
    return array;
}

/* In the order of the text.  "exact" is false where the number is an estimate. */
static json_t *json_remedies(const struct remedies *remedies)
{
    json_t *array = json_array();
    for (size_t i = 0; i < remedies->count; i++) {
        const struct remedy *remedy = &remedies->list[i];
        json_t *object = json_object();
        json_put(object, "what", json_name(remedy->what));
        if (remedy->command[0])
            json_put(object, "command", json_name(remedy->command));
        json_put(object, "predicted_rss",
                 remedy->trust == REMEDY_UNKNOWN ? json_null() : json_size(remedy->resident));
        json_put(object, "exact", json_boolean(remedy->trust == REMEDY_EXACT));
        json_put(object, "effort", json_string(remedy->effort));
        json_append(array, object);
    }
    return array;
}

/* "at" is the program's pointer, as a debugger shows it. */
static json_t *json_pin(const struct pin *pin)
{
    json_t *object = json_object();
    json_put(object, "at", json_address(pin->chunk.at + 16));
    json_put(object, "size", json_size(pin->chunk.size));
    json_put(object, "from_end", json_size(pin->above));
    json_put(object, "free_below", json_size(pin->free_below));
    return object;
}

json_t *explain_json(const struct explanation *e)
{
    char text[512];
    json_t *document = json_document("ashlar.explain/1");
    json_put(document, "target", json_target(e->facts->target));
    json_put(document, "verdict", json_name(explain_verdict(e, text)));
    json_put(document, "resident", json_size(e->facts->resident));
    json_put(document, "parts", json_parts(e->facts));
    json_put(document, "causes", json_causes(e->causes));
    json_put(document, "remedies", json_remedies(e->remedies));
    if (e->facts->pin.found)
        json_put(document, "pin", json_pin(&e->facts->pin));
    json_put(document, "arenas", json_size(e->facts->model->arena_count));
    json_put(document, "exact", json_boolean(heap_is_exact(e->facts->model)));
    return document;
}

void explain_print_json(const struct explanation *e)
{
    json_t *document = explain_json(e), *failed = json_array();
    for (size_t i = 0; e->failed && i < e->failed->count; i++)
        json_append(failed, json_name(e->failed->list[i].text));
    json_put(document, "failed", failed);
    json_print(document);
}
