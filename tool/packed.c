/*
 * packed.c - LEB128 and base64.
 *
 * Both are what every language has a few lines or a function for: what reads a page or its document
 * needs no library.  DWARF has its numbers in the first, mail its attachments in the second.
 */
#include "packed.h"

#include "say.h"

#include <stdlib.h>

/* Room is doubled, so that each byte is moved twice at most. */
static void add(struct packed *packed, uint8_t byte)
{
    if (packed->count == packed->room) {
        packed->room = packed->room ? 2 * packed->room : 256;
        packed->bytes = realloc(packed->bytes, packed->room);
        if (!packed->bytes)
            say_and_exit(EXIT_OURS, "out of memory");
    }
    packed->bytes[packed->count++] = byte;
}

void packed_number(struct packed *packed, uint64_t number)
{
    for (; number > 127; number >>= 7)
        add(packed, (uint8_t)(number & 127) | 128);
    add(packed, (uint8_t)number);
}

/* Three bytes become four letters; what is missing at the end becomes '='. */
static void encode(const uint8_t *bytes, size_t count, char letters[4])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)bytes[0] << 16;
    if (count > 1)
        bits |= (uint32_t)bytes[1] << 8;
    if (count > 2)
        bits |= bytes[2];
    for (unsigned i = 0; i < 4; i++)
        letters[i] = i <= count ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
}

json_t *packed_json(struct packed *packed)
{
    size_t length = (packed->count + 2) / 3 * 4;
    char *text = malloc(length + 1);
    if (!text)
        say_and_exit(EXIT_OURS, "out of memory");
    for (size_t at = 0; at < packed->count; at += 3)
        encode(packed->bytes + at, packed->count - at, text + at / 3 * 4);
    json_t *string = json_stringn(text, length);
    free(text);
    free(packed->bytes);
    *packed = (struct packed){0};
    return string;
}
