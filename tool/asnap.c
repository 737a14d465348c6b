/*
 * asnap.c - packing and unpacking of .asnap files.
 *
 * A file that is read may be cut off, damaged, or made to do harm: zstd checks its sums, and a limit
 * stands on what a part may unpack to.
 */
#include "asnap.h"

#include "output.h"
#include "say.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

/* A process with 65,530 areas, the most that the kernel allows by default, makes 12 MB of JSON; a
 * heap of 100 million chunks makes 400 MB of tape, and a tenth of that packed.  What is larger was
 * not written by us. */
#define DOCUMENT_MAX ((size_t)128 << 20)
#define HEAP_MAX ((size_t)1 << 30)
#define PACKED_MAX ((size_t)512 << 20)

/* Level 3 packs the JSON of a usual process from 20 KB to 2 KB in less than a millisecond. */
enum { LEVEL = 3 };

/* RFC 8878, 3.1.2: one of sixteen numbers that begin a frame for readers who know what is in it. */
enum { SKIPPABLE = 0x184D2A5A, SKIPPABLE_HEAD = 8 };

/* The packed part, the caller's to free.  Exits when memory is out. */
static unsigned char *pack(struct asnap_part part, size_t *size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(part.size);
    unsigned char *packed = malloc(room);
    if (!context || !packed)
        say_and_exit(EXIT_OURS, "out of memory");
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    *size = ZSTD_compress2(context, packed, room, part.bytes, part.size);
    if (ZSTD_isError(*size))
        say_and_exit(EXIT_OURS, "zstd: %s", ZSTD_getErrorName(*size));
    ZSTD_freeCCtx(context);
    return packed;
}

/* Numbers in a frame's head are little-endian. */
static void put_number(unsigned char *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* The inverse. */
static uint32_t get_number(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void asnap_write(const char *path, struct asnap_part document, struct asnap_part heap)
{
    size_t first, second;
    unsigned char *packed = pack(document, &first), *behind = pack(heap, &second);
    packed = realloc(packed, first + SKIPPABLE_HEAD + second);
    if (!packed)
        say_and_exit(EXIT_OURS, "out of memory");
    put_number(packed + first, SKIPPABLE);
    put_number(packed + first + 4, (uint32_t)second);
    memcpy(packed + first + SKIPPABLE_HEAD, behind, second);
    output_write(path, packed, first + SKIPPABLE_HEAD + second);
    free(behind);
    free(packed);
}

/* By its first four bytes, zstd's magic number: a core file has others. */
bool asnap_is(const char *path)
{
    unsigned char magic[4] = {0};
    FILE *file = output_is_special(path) ? NULL : fopen(path, "re");
    if (!file)
        return false;
    size_t n = fread(magic, 1, sizeof magic, file);
    fclose(file);
    return n == sizeof magic && get_number(magic) == ZSTD_MAGICNUMBER;
}

/* Whatever is wrong with it, a new one can be made. */
void asnap_refuse(const char *path, const char *why)
{
    say("%s is no snapshot that can be read: %s", say_word(path), why);
    say_more("snapshots are made by:  ashlar snap TARGET -o FILE.asnap");
    exit(EXIT_OURS);
}

/* The whole file, the caller's to free. */
static unsigned char *load(const char *path, size_t *size)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &status) != 0)
        say_and_exit(EXIT_OURS, "%s: %s", say_word(path), strerror(errno));
    if (!S_ISREG(status.st_mode) || (size_t)status.st_size > PACKED_MAX)
        asnap_refuse(path, "it is no file, or larger than any snapshot");
    unsigned char *data = malloc((size_t)status.st_size + 1);
    if (!data)
        say_and_exit(EXIT_OURS, "out of memory");
    *size = fread(data, 1, (size_t)status.st_size, file);
    fclose(file);
    return data;
}

/* The frame's own word for its size is not believed beyond the limit; room grows as it unpacks.
 * *in is moved behind the frame. */
static char *unpack(const char *path, ZSTD_inBuffer *in, size_t limit, size_t *length)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_outBuffer out = {NULL, 0, 0};
    size_t left = 1;
    while (left != 0) {
        if (out.pos == out.size) {
            out.size = out.size ? 2 * out.size : (size_t)1 << 16;
            out.dst = out.size > limit ? NULL : realloc(out.dst, out.size);
        }
        if (!stream || !out.dst)
            asnap_refuse(path, "it unpacks to more than any snapshot has");
        size_t before = out.pos;
        /* 0 when the frame has ended and its sum is right. */
        left = ZSTD_decompressStream(stream, &out, in);
        if (ZSTD_isError(left))
            asnap_refuse(path, ZSTD_getErrorName(left));
        if (left != 0 && in->pos == in->size && out.pos == before)
            asnap_refuse(path, "it is cut off");
    }
    ZSTD_freeDStream(stream);
    *length = out.pos;
    return out.dst;
}

/* Where the heap's frame begins: behind the document's, and the head of its own wrapping.  0 if
 * there is none. */
static size_t find_heap(const char *path, const unsigned char *packed, size_t size)
{
    size_t first = ZSTD_findFrameCompressedSize(packed, size);
    if (ZSTD_isError(first))
        asnap_refuse(path, ZSTD_getErrorName(first));
    if (size == first)
        return 0;
    if (size - first < SKIPPABLE_HEAD)
        asnap_refuse(path, "it is cut off");
    if (get_number(packed + first) != SKIPPABLE)
        return 0;
    if (get_number(packed + first + 4) > size - first - SKIPPABLE_HEAD)
        asnap_refuse(path, "it is cut off");
    return first + SKIPPABLE_HEAD;
}

char *asnap_document(const char *path, size_t *size)
{
    ZSTD_inBuffer in = {NULL, 0, 0};
    unsigned char *packed = load(path, &in.size);
    in.src = packed;
    /* A file that was cut off behind the document is still one that was cut off. */
    find_heap(path, packed, in.size);
    char *document = unpack(path, &in, DOCUMENT_MAX, size);
    free(packed);
    return document;
}

unsigned char *asnap_heap(const char *path, size_t *size)
{
    ZSTD_inBuffer in = {NULL, 0, 0};
    unsigned char *packed = load(path, &in.size);
    unsigned char *heap = NULL;
    in.src = packed;
    in.pos = find_heap(path, packed, in.size);
    if (in.pos)
        heap = (unsigned char *)unpack(path, &in, HEAP_MAX, size);
    free(packed);
    return heap;
}
