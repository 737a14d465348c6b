/*
 * snapshot.c - what a snapshot says to everybody: figures, regions, sizes and the verdict, as JSON.
 *
 * zstd has checked that it is as it was written; jansson limits how deep it may nest.
 */
#include "snapshot.h"

#include "account_json.h"
#include "json_out.h"
#include "saved.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* What names the target comes first, for those who look into the file. */
static json_t *document_of(const struct survey *survey, const struct show *show)
{
    struct account account;
    struct explanation explanation = survey_explanation(survey, show);
    json_t *document = json_document(ACCOUNT_SCHEMA);
    account_take(survey, &account);
    json_put(document, "ashlar", json_string(ASHLAR_VERSION));
    json_put(document, "target", json_target(survey->target));
    account_to_json(&account, document);
    /* Without a heap the verdict would speak of a malloc in which nothing is live. */
    json_put(document, "explain", survey->heap_known ? explain_json(&explanation) : json_null());
    account_free(&account);
    return document;
}

void snapshot_write(const struct survey *survey, const struct show *show, const char *path)
{
    json_t *document = document_of(survey, show);
    char *text = json_dumps(document, JSON_COMPACT);
    struct tape tape = saved_tape(&(struct saved_survey){
        .target = survey->target,
        .allocator = survey->allocator,
        .model = survey->heap_known || survey->model->unused ? survey->model : NULL,
        .refusal = survey->refusal,
        .regions = survey->regions,
    });
    if (!text)
        say_and_exit(EXIT_OURS, "out of memory");
    asnap_write(path, (struct asnap_part){text, strlen(text)},
                (struct asnap_part){tape.bytes, tape.at});
    free(tape.bytes);
    free(text);
    json_decref(document);
}

/* Two members of one name would let two readers see two documents: refused. */
json_t *snapshot_read(const char *path)
{
    size_t length;
    json_error_t error;
    char *text = asnap_document(path, &length);
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        asnap_refuse(path, error.text);
    free(text);
    return document;
}
