/*
 * algebra.c - a number is factored with its continued fraction; every intermediate result is a
 * small object of its own with a count of references.
 *
 * Follows cfrac (Zorn's collection of allocation-heavy programs; the method is Morrison and
 * Brillhart's, 1975): 16 to 40 bytes each, most freed within a few operations.  Stands for computer
 * algebra and for interpreters whose numbers are objects.
 * algebra [times] [number of the task: 0, 1 or 2, each larger than the one before]
 */
#include "number.h"

/* Primes in the base; relations beyond as many as are needed, because half of the squares give
 * nothing but the divisors 1 and n. */
enum { BASE = 192, SPARE = 12, ROWS = BASE + SPARE, WORDS = ROWS / 64 + 1 };

/* root^2 is the product of the base's primes to these exponents, modulo the number to be factored;
 * which: the relations that were multiplied into this one. */
struct relation {
    struct number *root;
    uint8_t exponent[BASE + 1]; /* the last is the sign's */
    uint64_t odd[WORDS], which[WORDS];
};

/* What is known about n so far. */
struct search {
    struct number *n;
    uint32_t prime[BASE];
    struct relation *relation[ROWS];
    size_t found;
};

/* Sets of numbers as bits: an exponent's lowest, or a relation's place in the search. */
static void flip(uint64_t *bits, size_t i)
{
    bits[i / 64] ^= 1ULL << i % 64;
}

static bool has(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

/* Whether n is a square modulo the odd prime p (Euler's criterion): others never divide. */
static bool is_residue(const struct number *n, uint32_t p)
{
    uint32_t rest;
    drop(divide_small(n, p, &rest));
    uint64_t power = 1, base = rest;
    for (uint32_t e = (p - 1) / 2; e > 0; e /= 2, base = base * base % p)
        if (e % 2)
            power = power * base % p;
    return power <= 1;
}

/* By trial: the primes of the base are small. */
static bool is_prime(uint32_t p)
{
    for (uint32_t d = 2; d * d <= p; d++)
        if (p % d == 0)
            return false;
    return true;
}

/* The first primes that can divide a term of the expansion at all. */
static void choose_base(struct search *s)
{
    s->prime[0] = 2;
    uint32_t p = 3;
    for (size_t i = 1; i < BASE; p += 2)
        if (is_prime(p) && is_residue(s->n, p))
            s->prime[i++] = p;
}

/* Divide q by the primes as often as they go; true if nothing but 1 remains. */
static bool is_smooth(const struct search *s, struct number *q, uint8_t *exponent)
{
    q = hold(q);
    for (size_t i = 0; i < BASE && !(q->n == 1 && q->limb[0] == 1); i++)
        for (;;) {
            uint32_t rest;
            struct number *quotient = divide_small(q, s->prime[i], &rest);
            if (rest != 0) {
                drop(quotient);
                break;
            }
            set(&q, quotient);
            exponent[i]++;
        }
    bool one = q->n == 1 && q->limb[0] == 1;
    drop(q);
    return one;
}

/* Keep root^2 = +-q if q falls into primes of the base. */
static void try_relation(struct search *s, struct number *root, struct number *q, bool negative)
{
    struct relation *r = must(calloc(1, sizeof *r));
    if (!is_smooth(s, q, r->exponent)) {
        free(r);
        return;
    }
    r->root = hold(root);
    r->exponent[BASE] = negative;
    for (size_t i = 0; i <= BASE; i++)
        if (r->exponent[i] % 2)
            flip(r->odd, i);
    flip(r->which, s->found);
    s->relation[s->found++] = r;
}

/* Where the expansion of the square root of n stands. */
struct expansion {
    struct number *floor, *p, *q, *a, *convergent, *before;
};

/* The next complete quotient (sqrt(n) + p) / q, and a, the whole number below it. */
static void expand(struct expansion *e, const struct number *n)
{
    struct number *next = multiply(e->a, e->q);
    set(&e->p, subtract(next, e->p));
    set(&next, multiply(e->p, e->p));
    set(&next, subtract(n, next));
    set(&e->q, divide(next, e->q, NULL));
    set(&next, add(e->floor, e->p));
    set(&e->a, divide(next, e->q, NULL));
    drop(next);
}

/* The next numerator: a * convergent + the one before. */
static void advance(struct expansion *e, const struct number *n)
{
    struct number *next = multiply_modulo(e->a, e->convergent, n);
    set(&next, add(next, e->before));
    set(&next, modulo(next, n));
    set(&e->before, e->convergent);
    e->convergent = next;
}

/* Terms change their sign each time; all other numbers of the expansion stay below 2 sqrt(n). */
static void search_relations(struct search *s)
{
    struct number *floor = square_root(s->n);
    struct expansion e = {floor, small(0), small(1), hold(floor), hold(floor), small(1)};
    for (bool negative = true; s->found < ROWS; negative = !negative) {
        expand(&e, s->n);
        try_relation(s, e.convergent, e.q, negative);
        advance(&e, s->n);
    }
    drop(e.floor);
    drop(e.p);
    drop(e.q);
    drop(e.a);
    drop(e.convergent);
    drop(e.before);
}

/* Multiply relations until odd exponents are gone; those that become square stand last. */
static size_t eliminate(struct search *s)
{
    size_t done = 0;
    for (size_t column = 0; column <= BASE; column++) {
        size_t pivot = done;
        while (pivot < ROWS && !has(s->relation[pivot]->odd, column))
            pivot++;
        if (pivot == ROWS)
            continue;
        struct relation *r = s->relation[pivot];
        s->relation[pivot] = s->relation[done];
        s->relation[done++] = r;
        for (size_t i = done; i < ROWS; i++)
            if (has(s->relation[i]->odd, column))
                for (size_t w = 0; w < WORDS; w++) {
                    s->relation[i]->odd[w] ^= r->odd[w];
                    s->relation[i]->which[w] ^= r->which[w];
                }
    }
    return done;
}

/* The root of the product of the primes, half of each exponent's sum. */
static struct number *root_of_primes(const struct search *s, const size_t *sum)
{
    struct number *y = small(1);
    for (size_t i = 0; i < BASE; i++) {
        struct number *p = small(s->prime[i]);
        for (size_t e = 0; e < sum[i] / 2; e++)
            set(&y, multiply_modulo(y, p, s->n));
        drop(p);
    }
    return y;
}

/* From x^2 = y^2 modulo n: a divisor of n, with luck not a trivial one. */
static struct number *divisor_from(const struct search *s, struct relation *const *all,
                                   const uint64_t *which)
{
    size_t sum[BASE + 1] = {0};
    struct number *x = small(1);
    for (size_t i = 0; i < ROWS; i++)
        if (has(which, i)) {
            set(&x, multiply_modulo(x, all[i]->root, s->n));
            for (size_t j = 0; j <= BASE; j++)
                sum[j] += all[i]->exponent[j];
        }
    struct number *y = root_of_primes(s, sum);
    set(&x, compare(x, y) < 0 ? subtract(y, x) : subtract(x, y));
    set(&y, greatest_common_divisor(s->n, x));
    drop(x);
    return y;
}

/* True if a divisor was found that is neither 1 nor n, and divides. */
static bool factor(const char *decimal)
{
    struct search s = {.n = from_decimal(decimal)};
    choose_base(&s);
    search_relations(&s);
    struct relation *all[ROWS];
    memcpy(all, s.relation, sizeof all);
    bool proper = false;
    for (size_t i = eliminate(&s); i < ROWS && !proper; i++) {
        struct number *d = divisor_from(&s, all, s.relation[i]->which);
        struct number *rest = modulo(s.n, d);
        proper = rest->n == 0 && compare(d, s.n) != 0 && !(d->n == 1 && d->limb[0] == 1);
        drop(rest);
        drop(d);
    }
    for (size_t i = 0; i < ROWS; i++) {
        drop(all[i]->root);
        free(all[i]);
    }
    drop(s.n);
    return proper;
}

int main(int argc, char **argv)
{
    static const char *const task[] = {"8931336962293864122203", "21062437380770158510753991",
                                       "27863782720082967543216529907"};
    size_t times = argument(argc, argv, 1, 1);
    const char *decimal = task[argument(argc, argv, 2, 1) % 3];
    for (size_t i = 0; i < times; i++)
        if (!factor(decimal)) {
            fputs("no divisor found\n", stderr);
            return 1;
        }
    return 0;
}
