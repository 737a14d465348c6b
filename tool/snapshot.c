/*
 * snapshot.c - writing and reading of .asnap files.
 *
 *     survey -> account -> JSON -> zstd -> FILE.part -> FILE.asnap
 *               account <- JSON <- zstd <-------------- FILE.asnap
 *
 * A file that is read may be cut off, damaged, or made to do harm: zstd checks its sum, a limit
 * stands on what it may unpack to, and jansson limits how deep it may nest.
 */
#include "snapshot.h"

#include "account_json.h"
#include "json_out.h"
#include "output.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

/* A process with 65,530 areas, the most that the kernel allows by default, makes 12 MB of JSON.  What
 * is larger than ten times that was not written by us. */
#define UNPACKED_MAX ((size_t)128 << 20)
#define PACKED_MAX ((size_t)64 << 20)

/* Level 3 packs the JSON of a usual process from 20 KB to 2 KB in less than a millisecond. */
enum { LEVEL = 3 };

/* What names the target comes first, for those who look into the file. */
json_t *snapshot_document(const struct survey *survey, const struct show *show)
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

/* The packed document, the caller's to free.  Exits when memory is out. */
static void *pack(json_t *document, size_t *size)
{
    char *text = json_dumps(document, JSON_COMPACT);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t length = text ? strlen(text) : 0, room = ZSTD_compressBound(length);
    void *packed = malloc(room);
    if (!text || !context || !packed)
        say_and_exit(EXIT_OURS, "out of memory");
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    *size = ZSTD_compress2(context, packed, room, text, length);
    if (ZSTD_isError(*size))
        say_and_exit(EXIT_OURS, "zstd: %s", ZSTD_getErrorName(*size));
    ZSTD_freeCCtx(context);
    free(text);
    return packed;
}

/* A file that was there stays until the new one is whole: it may be the only record of the state
 * before. */
void snapshot_write(json_t *document, const char *path)
{
    size_t size;
    void *packed = pack(document, &size);
    output_write(path, packed, size);
    free(packed);
    json_decref(document);
}

/* By its first four bytes, zstd's magic number: a core file has others. */
bool snapshot_is(const char *path)
{
    unsigned char magic[4] = {0};
    FILE *file = output_is_special(path) ? NULL : fopen(path, "re");
    if (!file)
        return false;
    size_t n = fread(magic, 1, sizeof magic, file);
    fclose(file);
    return n == sizeof magic && memcmp(magic, "\x28\xb5\x2f\xfd", sizeof magic) == 0;
}

/* Whatever is wrong with it, a new one can be made. */
__attribute__((noreturn)) static void say_unreadable(const char *path, const char *why)
{
    say("%s is no snapshot that can be read: %s", say_word(path), why);
    say_more("snapshots are made by:  ashlar snap TARGET -o FILE.asnap");
    exit(EXIT_OURS);
}

/* The whole file, the caller's to free. */
static void *load(const char *path, size_t *size)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &status) != 0)
        say_and_exit(EXIT_OURS, "%s: %s", say_word(path), strerror(errno));
    if (!S_ISREG(status.st_mode) || (size_t)status.st_size > PACKED_MAX)
        say_unreadable(path, "it is no file, or larger than any snapshot");
    void *data = malloc((size_t)status.st_size + 1);
    if (!data)
        say_and_exit(EXIT_OURS, "out of memory");
    *size = fread(data, 1, (size_t)status.st_size, file);
    fclose(file);
    return data;
}

/* The frame's own word for its size is not believed beyond the limit; room grows as it unpacks. */
static char *unpack(const char *path, const void *packed, size_t size, size_t *length)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {packed, size, 0};
    ZSTD_outBuffer out = {NULL, 0, 0};
    size_t left = 1;
    while (left != 0) {
        if (out.pos == out.size) {
            out.size = out.size ? 2 * out.size : (size_t)1 << 16;
            out.dst = out.size > UNPACKED_MAX ? NULL : realloc(out.dst, out.size);
        }
        if (!stream || !out.dst)
            say_unreadable(path, "it unpacks to more than any snapshot has");
        size_t before = out.pos;
        /* 0 when the frame has ended and its sum is right. */
        left = ZSTD_decompressStream(stream, &out, &in);
        if (ZSTD_isError(left))
            say_unreadable(path, ZSTD_getErrorName(left));
        if (left != 0 && in.pos == in.size && out.pos == before)
            say_unreadable(path, "it is cut off");
    }
    ZSTD_freeDStream(stream);
    *length = out.pos;
    return out.dst;
}

/* Two members of one name would let two readers see two documents: refused. */
json_t *snapshot_read(const char *path)
{
    size_t size, length;
    json_error_t error;
    void *packed = load(path, &size);
    char *text = unpack(path, packed, size, &length);
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        say_unreadable(path, error.text);
    free(text);
    free(packed);
    return document;
}
