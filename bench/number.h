/*
 * number.h - whole numbers of any length, each an object of its own with a count of references.
 *
 * An operation borrows what it is given and returns a new object; drop() gives one up, and set()
 * puts a new value where an old one was.  Nothing is changed in place once it is returned, so that
 * a computation makes as many objects as it has steps: that is what algebra.c is for.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include "bench.h"

/* Least limb first, no leading zeros; zero has no limb. */
struct number {
    uint32_t references, n;
    uint32_t limb[];
};

/* A number of n limbs, not yet written. */
static inline struct number *number_new(uint32_t n)
{
    struct number *a = must(malloc(sizeof *a + n * sizeof a->limb[0]));
    a->references = 1;
    a->n = n;
    return a;
}

/* The leading zeros that an operation may have left no longer count; the block stays as it is. */
static inline struct number *trimmed(struct number *a)
{
    while (a->n > 0 && a->limb[a->n - 1] == 0)
        a->n--;
    return a;
}

static inline struct number *hold(struct number *a)
{
    a->references++;
    return a;
}

static inline void drop(struct number *a)
{
    if (--a->references == 0)
        free(a);
}

/* Put a new value where an old one was. */
static inline void set(struct number **where, struct number *value)
{
    drop(*where);
    *where = value;
}

static inline struct number *small(uint32_t value)
{
    struct number *a = number_new(1);
    a->limb[0] = value;
    return trimmed(a);
}

/* Less than, equal to or greater than 0, as a is to b. */
static inline int compare(const struct number *a, const struct number *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (uint32_t i = a->n; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static inline struct number *add(const struct number *a, const struct number *b)
{
    uint32_t n = (a->n > b->n ? a->n : b->n) + 1;
    struct number *sum = number_new(n);
    uint64_t carry = 0;
    for (uint32_t i = 0; i < n; i++) {
        carry += (i < a->n ? a->limb[i] : 0UL) + (i < b->n ? b->limb[i] : 0UL);
        sum->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return trimmed(sum);
}

/* a - b, where a is not the lesser one. */
static inline struct number *subtract(const struct number *a, const struct number *b)
{
    struct number *rest = number_new(a->n);
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t digit = (uint64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0) - borrow;
        rest->limb[i] = (uint32_t)digit;
        borrow = digit >> 63;
    }
    return trimmed(rest);
}

/* As on paper, limb by limb: the numbers are short. */
static inline struct number *multiply(const struct number *a, const struct number *b)
{
    struct number *product = number_new(a->n + b->n);
    memset(product->limb, 0, product->n * sizeof product->limb[0]);
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->n || carry; j++) {
            carry += product->limb[i + j];
            carry += j < b->n ? (uint64_t)a->limb[i] * b->limb[j] : 0;
            product->limb[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    return trimmed(product);
}

/* The quotient by one limb; what remains goes to *rest. */
static inline struct number *divide_small(const struct number *a, uint32_t by, uint32_t *rest)
{
    struct number *quotient = number_new(a->n);
    uint64_t left = 0;
    for (uint32_t i = a->n; i-- > 0;) {
        left = left << 32 | a->limb[i];
        quotient->limb[i] = (uint32_t)(left / by);
        left %= by;
    }
    *rest = (uint32_t)left;
    return trimmed(quotient);
}

/* a << bits, bits < 32, with one limb more even if it is 0. */
static inline struct number *shifted(const struct number *a, unsigned bits)
{
    struct number *b = number_new(a->n + 1);
    uint64_t carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        carry |= (uint64_t)a->limb[i] << bits;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    b->limb[a->n] = (uint32_t)carry;
    return b;
}

/* a >> bits, in place: only for what nobody else holds yet. */
static inline void shift_back(struct number *a, unsigned bits)
{
    for (uint32_t i = 0; i < a->n && bits > 0; i++) {
        uint64_t above = i + 1 < a->n ? a->limb[i + 1] : 0;
        a->limb[i] = (uint32_t)((above << 32 | a->limb[i]) >> bits);
    }
    trimmed(a);
}

/* rest[at..] -= digit * by; true if that was one too many. */
static inline bool take_off(struct number *rest, uint32_t at, const struct number *by,
                            uint64_t digit)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i <= by->n; i++) {
        uint64_t product = (i < by->n ? digit * by->limb[i] : 0) + carry;
        uint32_t low = (uint32_t)product;
        carry = (product >> 32) + (rest->limb[at + i] < low);
        rest->limb[at + i] -= low;
    }
    return carry != 0;
}

/* rest[at..] += by; true if the sum is no longer below zero. */
static inline bool put_back(struct number *rest, uint32_t at, const struct number *by)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i <= by->n; i++) {
        carry += rest->limb[at + i] + (i < by->n ? (uint64_t)by->limb[i] : 0);
        rest->limb[at + i] = (uint32_t)carry;
        carry >>= 32;
    }
    return carry != 0;
}

/* Knuth's algorithm D: the quotient, and in *remainder (if wanted) what remains. */
static inline struct number *divide(const struct number *a, const struct number *by,
                                    struct number **remainder)
{
    unsigned bits = (unsigned)__builtin_clz(by->limb[by->n - 1]);
    struct number *divisor = trimmed(shifted(by, bits));
    struct number *rest = shifted(a, bits);
    uint32_t digits = a->n >= by->n ? a->n - by->n + 1 : 0;
    struct number *quotient = number_new(digits);
    uint64_t first = divisor->limb[divisor->n - 1];
    for (uint32_t at = digits; at-- > 0;) {
        uint32_t top = at + divisor->n;
        uint64_t digit = ((uint64_t)rest->limb[top] << 32 | rest->limb[top - 1]) / first;
        digit = digit <= UINT32_MAX ? digit : UINT32_MAX;
        /* The guess from one limb is at most two too large. */
        for (bool over = take_off(rest, at, divisor, digit); over; digit--)
            over = !put_back(rest, at, divisor);
        quotient->limb[at] = (uint32_t)digit;
    }
    shift_back(rest, bits);
    drop(divisor);
    if (remainder)
        *remainder = rest;
    else
        drop(rest);
    return trimmed(quotient);
}

static inline struct number *modulo(const struct number *a, const struct number *by)
{
    struct number *rest;
    drop(divide(a, by, &rest));
    return rest;
}

/* a * b mod by */
static inline struct number *multiply_modulo(const struct number *a, const struct number *b,
                                             const struct number *by)
{
    struct number *product = multiply(a, b);
    set(&product, modulo(product, by));
    return product;
}

/* Euclid's way, with a new object for each remainder. */
static inline struct number *greatest_common_divisor(struct number *a, struct number *b)
{
    a = hold(a);
    b = hold(b);
    while (b->n > 0) {
        struct number *rest = modulo(a, b);
        set(&a, b);
        b = rest;
    }
    drop(b);
    return a;
}

/* Newton's way, from above. */
static inline struct number *square_root(struct number *a)
{
    struct number *root = hold(a);
    for (;;) {
        uint32_t odd;
        struct number *next = divide(a, root, NULL);
        set(&next, add(next, root));
        set(&next, divide_small(next, 2, &odd));
        if (compare(next, root) >= 0) {
            drop(next);
            return root;
        }
        set(&root, next);
    }
}

static inline struct number *from_decimal(const char *text)
{
    struct number *ten = small(10), *a = small(0);
    for (; *text; text++) {
        struct number *digit = small((uint32_t)(*text - '0'));
        set(&a, multiply(a, ten));
        set(&a, add(a, digit));
        drop(digit);
    }
    drop(ten);
    return a;
}

#endif
