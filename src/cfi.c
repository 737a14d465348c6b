/*
 * cfi.c - finding a function's description, and following it to the instruction in question.
 *
 * See the DWARF standard, version 5, 6.4, and the Linux Standard Base on .eh_frame.
 */
#include "cfi.h"

#include <string.h>

/* Encodings of pointers: what the linkers of Linux systems write. */
enum { RELATIVE_32 = 0x1b, COUNT_32 = 0x03, TABLE_32 = 0x3b };

/* Bytes to be read from the front. */
struct bytes {
    const uint8_t *at, *end;
};

/* Of one function: the units that its instructions count in, and what they are. */
struct description {
    struct bytes common, own; /* instructions: for all functions of a kind, then for this one */
    uintptr_t begin;          /* of the function */
    size_t code_unit;
    intptr_t data_unit;
};

/* Where the frame is, and where in it the caller's registers are. */
struct rules {
    size_t frame_register;
    intptr_t frame_offset;
    intptr_t fp_at, return_at;
    bool fp_saved, return_saved;
};

/* A description on its way to an address. */
struct reader {
    struct bytes code;
    const struct description *function;
    uintptr_t location, wanted;
    struct rules now, initial, remembered;
};

static size_t number(struct bytes *b, size_t size)
{
    uint64_t value = 0;
    assert(size <= sizeof value && b->at <= b->end);
    if ((size_t)(b->end - b->at) < size) {
        b->at = b->end;
        return 0;
    }
    memcpy(&value, b->at, size);
    b->at += size;
    return (size_t)value;
}

static intptr_t signed_32(struct bytes *b)
{
    return (int32_t)number(b, 4);
}

/* LEB128: seven bits a byte, the lowest first. */
static size_t leb(struct bytes *b, bool is_signed)
{
    size_t value = 0;
    unsigned shift = 0;
    assert(b->at <= b->end);
    uint8_t byte = 0x80;
    for (; byte & 0x80 && b->at < b->end && shift < 8 * WORD; shift += 7) {
        byte = *b->at++;
        value |= (size_t)(byte & 0x7f) << shift;
    }
    if (is_signed && byte & 0x40 && shift < 8 * WORD)
        value |= SIZE_MAX << shift;
    return value;
}

/* From the sorted table: the description of the last function that begins no later than pc. */
static const uint8_t *find_in_table(const uint8_t *header, uintptr_t pc)
{
    if (header[0] != 1 || header[1] != RELATIVE_32 || header[2] != COUNT_32 ||
        header[3] != TABLE_32)
        return NULL;
    int32_t(*table)[2] = (void *)(uintptr_t)(header + 12);
    intptr_t wanted = (intptr_t)(pc - (uintptr_t)header);
    size_t low = 0, high = *(const uint32_t *)(const void *)(header + 8);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle][0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : header + table[low - 1][1];
}

/* The letters say what the data behind them are; false if one is not known. */
static bool read_augmentation(struct bytes *b, const char *letters)
{
    if (*letters == '\0')
        return false; /* addresses would be whole words */
    size_t length = leb(b, false);
    struct bytes data = {b->at, b->at + length};
    bool relative = false;
    for (const char *letter = letters + 1; *letter; letter++) {
        if (*letter == 'R')
            relative = number(&data, 1) == RELATIVE_32;
        else if (*letter == 'L')
            number(&data, 1);
        else if (*letter == 'P')
            number(&data, (number(&data, 1) & 7) == 4 ? 8 : 4);
        else if (*letter != 'S')
            return false;
    }
    b->at += length;
    return letters[0] == 'z' && relative;
}

/* What functions of a kind have in common (CIE). */
static bool read_common(const uint8_t *at, struct description *d)
{
    struct bytes b = {at + 4, at + 4 + *(const uint32_t *)(const void *)at};
    number(&b, 4);
    size_t version = number(&b, 1);
    const char *letters = (const char *)b.at;
    b.at += strlen(letters) + 1;
    d->code_unit = leb(&b, false);
    d->data_unit = (intptr_t)leb(&b, true);
    size_t return_register = version == 1 ? number(&b, 1) : leb(&b, false);
    if (return_register != DWARF_RETURN || !read_augmentation(&b, letters))
        return false;
    d->common = b;
    return true;
}

/* The description of the function around pc (FDE); false if there is none that can be read. */
static bool read_description(const uint8_t *at, uintptr_t pc, struct description *d)
{
    uint32_t length = *(const uint32_t *)(const void *)at;
    if (length == 0 || length == UINT32_MAX)
        return false;
    struct bytes b = {at + 4, at + 4 + length};
    const uint8_t *common = b.at - *(const uint32_t *)(const void *)b.at;
    b.at += 4;
    if (!read_common(common, d))
        return false;
    uintptr_t here = (uintptr_t)b.at;
    d->begin = here + (uintptr_t)signed_32(&b);
    size_t size = number(&b, 4);
    b.at += leb(&b, false);
    d->own = b;
    return pc - d->begin < size;
}

static_assert(DWARF_RETURN == 0 || (DWARF_SP != DWARF_FP && DWARF_FP != DWARF_RETURN),
              "rules tell the registers apart by their numbers");

static void save_at(struct rules *r, size_t which, intptr_t offset)
{
    if (which == DWARF_FP) {
        r->fp_saved = true;
        r->fp_at = offset;
    } else if (which == DWARF_RETURN) {
        r->return_saved = true;
        r->return_at = offset;
    }
}

/* The register is again as it was at the function's beginning. */
static void restore(struct reader *r, size_t which)
{
    if (which == DWARF_FP) {
        r->now.fp_saved = r->initial.fp_saved;
        r->now.fp_at = r->initial.fp_at;
    } else if (which == DWARF_RETURN) {
        r->now.return_saved = r->initial.return_saved;
        r->now.return_at = r->initial.return_at;
    }
}

/* Where a register of the caller is can no more be told in our words. */
static bool lose(struct rules *r, size_t which)
{
    if (which == DWARF_RETURN)
        r->return_saved = false;
    return which != DWARF_FP;
}

/* Instructions about the frame itself; false if this is none, or one of those not known. */
static bool read_frame_rule(struct reader *r, uint8_t code)
{
    enum { BOTH = 0x0c, REGISTER = 0x0d, OFFSET = 0x0e, BOTH_SIGNED = 0x12, OFFSET_SIGNED = 0x13 };
    if (code == BOTH || code == REGISTER || code == BOTH_SIGNED)
        r->now.frame_register = leb(&r->code, false);
    if (code == BOTH || code == OFFSET)
        r->now.frame_offset = (intptr_t)leb(&r->code, false);
    if (code == BOTH_SIGNED || code == OFFSET_SIGNED)
        r->now.frame_offset = (intptr_t)leb(&r->code, true) * r->function->data_unit;
    return code >= BOTH && code <= OFFSET_SIGNED && (code <= OFFSET || code >= BOTH_SIGNED);
}

/* Instructions with the number of a register; false as above. */
static bool read_register_rule(struct reader *r, uint8_t code)
{
    enum { EXTENDED = 5, RESTORE = 6, UNDEFINED = 7, SAME = 8, EXPRESSION = 0x10, SIGNED = 0x11 };
    if (code != EXPRESSION && code != SIGNED && (code < EXTENDED || code > SAME))
        return false;
    size_t which = leb(&r->code, false);
    if (code == EXTENDED || code == SIGNED)
        save_at(&r->now, which, (intptr_t)leb(&r->code, code == SIGNED) * r->function->data_unit);
    if (code == RESTORE)
        restore(r, which);
    if (code == EXPRESSION)
        r->code.at += leb(&r->code, false);
    return code == EXTENDED || code == SIGNED || code == RESTORE || lose(&r->now, which);
}

static bool read_other(struct reader *r, uint8_t code)
{
    enum { NOTHING = 0, ADVANCE_1 = 2, ADVANCE_2 = 3, ADVANCE_4 = 4, ARGUMENTS = 0x2e };
    enum { REMEMBER = 0x0a, RESTORE_STATE = 0x0b };
    if (code >= ADVANCE_1 && code <= ADVANCE_4)
        r->location += number(&r->code, (size_t)1 << (code - ADVANCE_1)) * r->function->code_unit;
    else if (code == REMEMBER)
        r->remembered = r->now;
    else if (code == RESTORE_STATE)
        r->now = r->remembered;
    else if (code == ARGUMENTS)
        leb(&r->code, false);
    else
        return code == NOTHING || read_register_rule(r, code) || read_frame_rule(r, code);
    return true;
}

/* One instruction; false if it is not known. */
static bool read_one(struct reader *r)
{
    assert(r->code.at < r->code.end);
    uint8_t code = *r->code.at++;
    size_t low = code & 0x3f;
    if (code >> 6 == 1)
        r->location += low * r->function->code_unit;
    else if (code >> 6 == 2)
        save_at(&r->now, low, (intptr_t)leb(&r->code, false) * r->function->data_unit);
    else if (code >> 6 == 3)
        restore(r, low);
    else
        return read_other(r, code);
    return true;
}

/* Follow instructions as far as they are about what comes no later than the wanted address. */
static bool follow(struct reader *r, struct bytes code)
{
    r->code = code;
    while (r->code.at < r->code.end) {
        struct rules before = r->now;
        if (!read_one(r))
            return false;
        assert(r->wanted >= r->function->begin);
        if (r->location > r->wanted) {
            r->now = before;
            break;
        }
    }
    return true;
}

static bool find_rules(uintptr_t pc, struct rules *rules)
{
    struct sys_object object;
    struct description d = {.begin = 0};
    if (!sys_object_around(pc, &object) || !object.unwind)
        return false;
    const uint8_t *at = find_in_table(object.unwind, pc);
    if (!at || !read_description(at, pc, &d))
        return false;
    struct reader r = {.function = &d, .location = d.begin, .wanted = pc};
    if (!follow(&r, d.common))
        return false;
    r.initial = r.now;
    if (!follow(&r, d.own))
        return false;
    *rules = r.now;
    return r.now.return_saved;
}

bool stack_word(const struct stack *s, uintptr_t address, uintptr_t *word)
{
    assert(s->from <= s->to && word);
    if (address % WORD != 0)
        return false;
    if (s->asks)
        return sys_copy(word, address, sizeof *word);
    if (address < s->from || address > s->to - WORD)
        return false;
    *word = *(const uintptr_t *)address;
    return true;
}

bool cfi_step(const struct stack *s, struct sys_spot *spot, bool called)
{
    struct rules rules;
    if (DWARF_RETURN == 0 || spot->pc == 0 || !find_rules(spot->pc - called, &rules))
        return false;
    if (rules.frame_register != DWARF_SP && rules.frame_register != DWARF_FP)
        return false;
    uintptr_t base = rules.frame_register == DWARF_SP ? spot->sp : spot->fp;
    uintptr_t frame = base + (uintptr_t)rules.frame_offset;
    struct sys_spot caller = {.sp = frame, .fp = spot->fp};
    if (frame <= spot->sp || !stack_word(s, frame + (uintptr_t)rules.return_at, &caller.pc))
        return false;
    if (rules.fp_saved && !stack_word(s, frame + (uintptr_t)rules.fp_at, &caller.fp))
        return false;
    *spot = caller;
    return true;
}
