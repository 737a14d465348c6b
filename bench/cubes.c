/*
 * cubes.c - random logic functions are minimised: covers made of cubes are cofactored,
 * complemented, expanded and made irredundant, each step on fresh copies of sets.
 *
 * Follows espresso (Brayton, Hachtel, McMullen and Sangiovanni-Vincentelli, "Logic Minimization
 * Algorithms for VLSI Synthesis", 1984), one of Zorn's allocation-heavy programs: bursts of blocks
 * from a few bytes to many pages, last taken mostly freed first.  Stands for compilers, provers and
 * circuit tools.
 * cubes [functions] [inputs, at most 32] [cubes a function]
 */
#include "bench.h"

/* A product of literals, two bits an input: 1 for "may be 0", 2 for "may be 1"; 3 does not care. */
typedef uint64_t cube;

/* A sum of cubes, which grows. */
struct cover {
    size_t n, room;
    cube *cube;
};

static size_t inputs;
static cube everything; /* no input cares */

/* The sum of nothing: false everywhere. */
static struct cover *cover_new(void)
{
    return must(calloc(1, sizeof(struct cover)));
}

static void cover_free(struct cover *f)
{
    free(f->cube);
    free(f);
}

/* Sets grow by a half, as espresso's do. */
static void append(struct cover *f, cube c)
{
    if (f->n == f->room) {
        f->room = f->room + f->room / 2 + 2;
        f->cube = must(realloc(f->cube, f->room * sizeof *f->cube));
    }
    f->cube[f->n++] = c;
}

static struct cover *copy(const struct cover *f)
{
    struct cover *g = cover_new();
    for (size_t i = 0; i < f->n; i++)
        append(g, f->cube[i]);
    return g;
}

/* The bit that lets this input have this value. */
static cube literal(size_t input, bool value)
{
    return (cube)(value ? 2 : 1) << 2 * input;
}

/* Two cubes have a point in common if no input is left without a value. */
static bool meets(cube a, cube b)
{
    cube both = a & b;
    return ((both | both >> 1) & 0x5555555555555555ULL & everything) ==
           (0x5555555555555555ULL & everything);
}

/* Whether each point of c lies in the large one. */
static bool contains(cube large, cube c)
{
    return (c & ~large) == 0;
}

/* The cofactor: f as it looks inside c. */
static struct cover *cofactor(const struct cover *f, cube c)
{
    struct cover *g = cover_new();
    for (size_t i = 0; i < f->n; i++)
        if (meets(f->cube[i], c))
            append(g, (f->cube[i] | ~c) & everything);
    return g;
}

/* One cube without literals makes all others needless. */
static bool has_everything(const struct cover *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->cube[i] == everything)
            return true;
    return false;
}

/* The input that stands in the most cubes, if possible with both values; inputs if there is none.
 * The counts live on the heap, as espresso's do: they are many when the inputs are. */
static size_t choose_input(const struct cover *f, bool *binate)
{
    size_t *zeros = must(calloc(2 * inputs, sizeof *zeros)), *ones = zeros + inputs;
    for (size_t i = 0; i < f->n; i++)
        for (size_t x = 0; x < inputs; x++) {
            unsigned part = f->cube[i] >> 2 * x & 3;
            zeros[x] += part == 1;
            ones[x] += part == 2;
        }
    size_t best = inputs, most = 0;
    *binate = false;
    for (size_t x = 0; x < inputs; x++) {
        bool both = zeros[x] && ones[x];
        size_t sum = zeros[x] + ones[x];
        if (both > *binate || (both == *binate && sum > most)) {
            best = x;
            most = sum;
            *binate = both;
        }
    }
    free(zeros);
    return best;
}

/* Whether f is true everywhere: by halves, until no input stands with both values. */
static bool is_tautology(const struct cover *f)
{
    bool binate;
    if (has_everything(f))
        return true;
    size_t x = choose_input(f, &binate);
    if (x == inputs || !binate)
        return false;
    bool all = true;
    for (size_t value = 0; value < 2 && all; value++) {
        struct cover *half = cofactor(f, everything & ~literal(x, value == 0));
        all = is_tautology(half);
        cover_free(half);
    }
    return all;
}

/* Whether f is true in each point of c. */
static bool covers(const struct cover *f, cube c)
{
    struct cover *inside = cofactor(f, c);
    bool all = is_tautology(inside);
    cover_free(inside);
    return all;
}

/* The complement of one cube: a cube for each of its literals (de Morgan). */
static struct cover *complement_cube(cube c)
{
    struct cover *g = cover_new();
    for (size_t x = 0; x < inputs; x++) {
        cube part = c >> 2 * x & 3;
        if (part != 3)
            append(g, everything & ~(part << 2 * x));
    }
    return g;
}

/* The cubes of both halves; one that stands in either half needs no literal of x. */
static struct cover *merge(struct cover *half[2], size_t x)
{
    struct cover *g = cover_new();
    for (size_t i = 0; i < half[0]->n; i++) {
        cube c = half[0]->cube[i];
        size_t j = 0;
        while (j < half[1]->n && half[1]->cube[j] != c)
            j++;
        bool twice = j < half[1]->n;
        append(g, twice ? c : c & ~literal(x, 1));
        if (twice)
            half[1]->cube[j] = half[1]->cube[--half[1]->n];
    }
    for (size_t i = 0; i < half[1]->n; i++)
        append(g, half[1]->cube[i] & ~literal(x, 0));
    return g;
}

/* Shannon's expansion: complement each half where the chosen input is 0 and where it is 1. */
static struct cover *complement(const struct cover *f)
{
    bool binate;
    if (has_everything(f))
        return cover_new();
    if (f->n == 1)
        return complement_cube(f->cube[0]);
    struct cover *half[2];
    size_t x = f->n ? choose_input(f, &binate) : inputs;
    if (x == inputs) {
        struct cover *all = cover_new();
        append(all, everything);
        return all;
    }
    for (size_t value = 0; value < 2; value++) {
        struct cover *inside = cofactor(f, everything & ~literal(x, value == 0));
        half[value] = complement(inside);
        cover_free(inside);
    }
    struct cover *g = merge(half, x);
    cover_free(half[0]);
    cover_free(half[1]);
    return g;
}

/* Make the cube as large as it can be without meeting the complement. */
static cube expand_cube(cube c, const struct cover *off, uint64_t *random)
{
    size_t first = random_below(random, inputs);
    for (size_t i = 0; i < inputs; i++) {
        cube larger = c | (cube)3 << 2 * ((first + i) % inputs);
        size_t j = 0;
        while (j < off->n && !meets(larger, off->cube[j]))
            j++;
        c = j == off->n ? larger : c;
    }
    return c;
}

/* Each cube is expanded unless an expanded one already contains it. */
static struct cover *expand(const struct cover *f, const struct cover *off, uint64_t *random)
{
    struct cover *g = cover_new();
    for (size_t i = 0; i < f->n; i++) {
        size_t j = 0;
        while (j < g->n && !contains(g->cube[j], f->cube[i]))
            j++;
        if (j == g->n)
            append(g, expand_cube(f->cube[i], off, random));
    }
    return g;
}

/* Leave out each cube that the others cover. */
static struct cover *irredundant(const struct cover *f)
{
    struct cover *g = copy(f);
    for (size_t i = 0; i < g->n;) {
        struct cover *others = copy(g);
        others->cube[i] = others->cube[--others->n];
        if (covers(others, g->cube[i]))
            g->cube[i] = g->cube[--g->n];
        else
            i++;
        cover_free(others);
    }
    return g;
}

/* Expand and thin out until no cube is saved; espresso would also reduce and try again. */
static struct cover *minimise(const struct cover *f, uint64_t *random)
{
    struct cover *off = complement(f);
    struct cover *best = copy(f);
    for (;;) {
        struct cover *primes = expand(best, off, random);
        struct cover *next = irredundant(primes);
        cover_free(primes);
        bool smaller = next->n < best->n;
        cover_free(best);
        best = next;
        if (!smaller)
            break;
    }
    cover_free(off);
    return best;
}

/* A cube cares about three inputs of five. */
static struct cover *random_function(size_t cubes, uint64_t *random)
{
    struct cover *f = cover_new();
    for (size_t i = 0; i < cubes; i++) {
        cube c = everything;
        for (size_t x = 0; x < inputs; x++)
            if (random_below(random, 5) < 3)
                c &= ~literal(x, random_below(random, 2) != 0);
        append(f, c);
    }
    return f;
}

/* Both covers must be true in the same points, and the second may not be the larger one. */
static void check(const struct cover *f, const struct cover *g)
{
    bool same = g->n <= f->n;
    for (size_t i = 0; i < f->n; i++)
        same = same && covers(g, f->cube[i]);
    for (size_t i = 0; i < g->n; i++)
        same = same && covers(f, g->cube[i]);
    if (same)
        return;
    fputs("the minimised function is another one\n", stderr);
    exit(1);
}

int main(int argc, char **argv)
{
    size_t functions = argument(argc, argv, 1, 20);
    inputs = argument(argc, argv, 2, 12);
    size_t cubes = argument(argc, argv, 3, 100);
    everything = inputs < 32 ? ((cube)1 << 2 * inputs) - 1 : ~(cube)0;
    uint64_t random = random_start(0);
    for (size_t i = 0; i < functions; i++) {
        struct cover *f = random_function(cubes, &random);
        struct cover *g = minimise(f, &random);
        check(f, g);
        cover_free(f);
        cover_free(g);
    }
    return 0;
}
