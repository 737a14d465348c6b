/*
 * unit.h - what the unit tests share: a random sequence that a seed repeats, blocks filled with a
 * pattern, and programs that must die with the right words.
 */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include "tap.h"

#include "base.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

/* A sequence of numbers that look random; the same for the same seed (xorshift64*). */
struct dice {
    uint64_t state;
};

static inline struct dice dice_of(uint64_t seed)
{
    /* Neighbouring seeds must not begin alike, and the state is never 0. */
    return (struct dice){(seed + 1) * 0x9e3779b97f4a7c15u | 1};
}

static inline uint64_t dice_roll(struct dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * 0x2545f4914f6cdd1du >> 16;
}

/* One of 0 .. below-1. */
static inline size_t dice_below(struct dice *d, size_t below)
{
    return (size_t)dice_roll(d) % below;
}

/* A number between two powers of two, each doubling as likely as the other. */
static inline size_t dice_doubling(struct dice *d, unsigned from, unsigned to)
{
    size_t low = (size_t)1 << (from + dice_below(d, to - from));
    return low + dice_below(d, low);
}

/* The seed of this run: the first argument, or what the clock says; told, so that it can be given. */
static inline uint64_t seed_of(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)now.tv_nsec / 1000;
    note("seed %llu (give it as the first argument to repeat this run)", (unsigned long long)seed);
    return seed;
}

/* Fill n bytes with what only this key gives, word by word and then byte by byte. */
static inline void pattern_fill(void *block, size_t n, uint64_t key)
{
    uint64_t *word = block, value = key * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < n / 8; i++)
        word[i] = value + i;
    for (size_t i = n & ~(size_t)7; i < n; i++)
        ((unsigned char *)block)[i] = (unsigned char)(value + i);
}

/* Whether the first `first` bytes of a block of n are as pattern_fill() left them. */
static inline bool pattern_holds(const void *block, size_t first, size_t n, uint64_t key)
{
    const uint64_t *word = block;
    uint64_t value = key * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < n / 8 && 8 * i + 8 <= first; i++)
        if (word[i] != value + i)
            return false;
    for (size_t i = n & ~(size_t)7; i < first; i++)
        if (((const unsigned char *)block)[i] != (unsigned char)(value + i))
            return false;
    return true;
}

static inline bool all_bytes_are(const void *block, size_t n, unsigned char value)
{
    const unsigned char *byte = block;
    return n == 0 || (byte[0] == value && memcmp(byte, byte + 1, n - 1) == 0);
}

/* What a child wrote on stderr and how it ended. */
struct told {
    char text[4096];
    int status; /* as waitpid says; -1 if it had to be killed */
};

static inline void tell_child(int to, void (*action)(void *), void *context)
{
    dup2(to, STDERR_FILENO);
    alarm(20);
    action(context);
    _exit(0);
}

/* Run an action in a child process and listen to it. */
static inline struct told told_by(void (*action)(void *), void *context)
{
    struct told t = {.status = -1};
    int ends[2];
    if (pipe(ends) != 0)
        return t;
    pid_t child = fork();
    if (child == 0)
        tell_child(ends[1], action, context);
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], t.text + length, sizeof t.text - 1 - length)) > 0)
        length += (size_t)got;
    close(ends[0]);
    if (child < 0 || waitpid(child, &t.status, 0) != child)
        t.status = -1;
    return t;
}

/* Whether the child was aborted, with these words first. */
static inline bool died_saying(const struct told *t, const char *words)
{
    bool aborted = t->status != -1 && WIFSIGNALED(t->status) && WTERMSIG(t->status) == SIGABRT;
    bool said = strncmp(t->text, words, strlen(words)) == 0;
    if (!aborted || !said)
        note("status %d, said: %s", t->status, t->text);
    return aborted && said;
}

/* Whether an action dies with these words. */
static inline bool dies_saying(const char *words, void (*action)(void *), void *context)
{
    struct told t = told_by(action, context);
    return died_saying(&t, words);
}

#endif
