/* tape.c - seven bits to a byte, the lowest first; the highest bit says that more follow. */
#include "tape.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = 10, BITS = 7, MORE = 128 };

/* Room for so many more; doubled, so that writing takes time in proportion to what is written. */
static void make_room(struct tape *tape, size_t count)
{
    while (tape->size - tape->at < count) {
        tape->size = tape->size ? tape->size * 2 : 4096;
        tape->bytes = realloc(tape->bytes, tape->size);
        if (!tape->bytes)
            say_and_exit(EXIT_OURS, "out of memory");
    }
}

/* The last byte alone is below 128. */
static void write_word(struct tape *tape, uint64_t value)
{
    make_room(tape, WORD_BYTES);
    for (; value >= MORE; value >>= BITS)
        tape->bytes[tape->at++] = (unsigned char)(value | MORE);
    tape->bytes[tape->at++] = (unsigned char)value;
}

/* A word that ends too late or has more than 64 bits is none. */
static uint64_t read_word(struct tape *tape)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < WORD_BYTES && tape->at < tape->size; i++) {
        unsigned char byte = tape->bytes[tape->at++];
        value |= (uint64_t)(byte & (MORE - 1)) << i * BITS;
        if (byte < MORE)
            return value;
    }
    tape->failed = true;
    return 0;
}

uint64_t tape_pass(struct tape *tape, uint64_t value)
{
    if (tape->failed)
        return 0;
    if (!tape->writes)
        return read_word(tape);
    write_word(tape, value);
    return value;
}

uint64_t tape_below(struct tape *tape, uint64_t value, uint64_t limit)
{
    value = tape_pass(tape, value);
    if (value < limit)
        return value;
    tape->failed = true;
    return 0;
}

void tape_bytes(struct tape *tape, void *bytes, size_t count)
{
    if (tape->writes)
        make_room(tape, count);
    tape->failed = tape->failed || count > tape->size - tape->at;
    if (tape->failed || count == 0)
        return;
    if (tape->writes)
        memcpy(tape->bytes + tape->at, bytes, count);
    else
        memcpy(bytes, tape->bytes + tape->at, count);
    tape->at += count;
}

void tape_text(struct tape *tape, char *text, size_t size)
{
    size_t length = tape_below(tape, tape->writes ? strlen(text) : 0, size);
    tape_bytes(tape, text, length);
    if (!tape->writes)
        text[tape->failed ? 0 : length] = '\0';
}

size_t tape_count(struct tape *tape, size_t count, size_t least)
{
    count = tape_pass(tape, count);
    if (tape->writes || count <= (tape->size - tape->at) / least)
        return count;
    tape->failed = true;
    return 0;
}

void *tape_list(struct tape *tape, void *list, size_t *count, size_t each, size_t least)
{
    *count = tape_count(tape, *count, least);
    if (tape->writes)
        return list;
    list = calloc(*count + 1, each);
    if (!list)
        say_and_exit(EXIT_OURS, "out of memory");
    return list;
}
