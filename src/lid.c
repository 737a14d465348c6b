/*
 * lid.c - keys, and what is said of broken lids.
 */
#include "lid.h"

#include "die.h"
#include "sys.h"

#include <sys/auxv.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ || !SECURE,
              "a word's highest byte lies last in memory");

struct lid_keys lid_keys;

/* Sixteen bytes that the kernel gives every process, should there be no others so early. */
static void draw_from_start(void *keys, size_t size)
{
    const char *given = (const char *)getauxval(AT_RANDOM);
    for (size_t i = 0; given && i < size; i++)
        ((char *)keys)[i] = (char)(given[i % 16] + (char)(i / 16 * 101));
}

void lid_begin(void)
{
    uint64_t drawn[3];
    assert(lid_keys.factor == 0);
    if (!sys_random(drawn, sizeof drawn))
        draw_from_start(drawn, sizeof drawn);
    lid_keys.hidden = drawn[0];
    lid_keys.factor = drawn[1] | 1;
    /* No byte of the pattern is 0, the one that is most often written one too far. */
    for (unsigned shift = 0; shift < 64; shift += 8)
        if ((drawn[2] >> shift & 0xff) == 0)
            drawn[2] |= (uint64_t)0xa5 << shift;
    lid_keys.pattern = drawn[2];
    if (sizeof lid_keys % sys_page() == 0)
        sys_make_read_only(&lid_keys, sizeof lid_keys);
}

_Noreturn void lid_die(const void *block, size_t size)
{
    assert(size > LID_SIZE);
    const char *lid = (const char *)block + size - LID_SIZE;
    if (lid_word(lid) == 0)
        die_at("free(): double free detected in tcache 2", block);
    die_at("free(): buffer overflow detected behind block", block);
}

_Noreturn void lid_die_written(const void *slot, size_t size)
{
    const char *at = slot, *end = at + size;
    while (at < end - 1 && *at == 0)
        at++;
    die("malloc(): write after free detected", slot, (unsigned char)*at, 0);
}
