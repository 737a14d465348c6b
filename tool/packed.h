/* packed.h - many small numbers as few bytes, and the bytes as text. */
#ifndef TOOL_PACKED_H
#define TOOL_PACKED_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is empty. */
struct packed {
    uint8_t *bytes;
    size_t count, room;
};

/* Add a number as LEB128: seven bits in a byte, the low ones first.  Exits when memory is out. */
void packed_number(struct packed *packed, uint64_t number);

/* All of it in base64 (RFC 4648), as a JSON string; the bytes are released. */
json_t *packed_json(struct packed *packed);

#endif
