/*
 * storm.h - the randomised storm: threads that take, change and give back blocks of a shared table
 * at random, so that most blocks are freed by another thread than the one that took them.
 *
 * Every block is filled with a pattern of its own and looked at before it is changed or freed; the
 * heap checker runs at every n-th operation; now and then the process forks and the child proves
 * that its copy of the heap is whole.  Requests may be refused if the plan says so: then nothing
 * may have changed.
 *
 * A slot of the table belongs to whoever has set `busy`.
 */
#ifndef TEST_STORM_H
#define TEST_STORM_H

#include "unit.h"

#include "ashlar.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

enum { STORM_SLOTS = 2048, STORM_THREADS_MAX = 8 };

struct slot {
    atomic_bool busy;
    void *user;
    size_t n; /* bytes that carry the pattern */
    uint64_t key;
};

struct storm_plan {
    uint64_t seed;
    unsigned threads;                 /* in the first round; later rounds have fewer or more */
    unsigned rounds, operations;      /* of each thread in each round */
    unsigned check_every, fork_every; /* in operations of one thread; 0: never */
    unsigned char perturb;            /* fresh blocks hold its complement; 0: no matter */
    bool may_refuse;                  /* NULL with ENOMEM is an answer */
    bool large; /* sizes from 1 KiB to 1 MiB, each doubling as likely as the other */
    bool runs;  /* blocks are slots of runs, or spans, from the start */
};

static struct slot storm_slots[STORM_SLOTS];

/* What went wrong, and what was done; counted by all threads. */
static struct {
    atomic_uint damaged, misaligned, not_zero, not_perturbed, wrong_errno, unexpected_null,
        too_small;
    atomic_uint broken_laws, bad_children, lost_children, forks, checks, refused, served,
        served_big;
} storm;

struct stormer {
    const struct storm_plan *plan;
    struct dice dice;
};

/* Mostly small, as programs have it: up to 1 MiB at the top. */
static inline size_t storm_size(struct stormer *s)
{
    if (s->plan->large)
        return dice_doubling(&s->dice, 10, 20);
    size_t share = dice_below(&s->dice, 1000);
    if (share < 600)
        return 1 + dice_below(&s->dice, 256);
    if (share < 820)
        return 1 + dice_below(&s->dice, 2048);
    if (share < 950)
        return 1 + dice_below(&s->dice, 32 * KIB);
    if (share < 990)
        return 1 + dice_below(&s->dice, 300 * KIB);
    return 1 + dice_below(&s->dice, MIB);
}

static inline bool slot_seize(struct slot *slot)
{
    return !atomic_exchange_explicit(&slot->busy, true, memory_order_acquire);
}

static inline void slot_let_go(struct slot *slot)
{
    atomic_store_explicit(&slot->busy, false, memory_order_release);
}

static inline bool slot_is_whole(const struct slot *slot)
{
    return pattern_holds(slot->user, slot->n, slot->n, slot->key);
}

/* NULL must come with ENOMEM, and only where it was to be expected. */
static inline void storm_note_refusal(struct stormer *s)
{
    atomic_fetch_add(&storm.refused, 1);
    if (errno != ENOMEM)
        atomic_fetch_add(&storm.wrong_errno, 1);
    if (!s->plan->may_refuse)
        atomic_fetch_add(&storm.unexpected_null, 1);
}

/* One of the doors that give out memory, chosen at random; *fresh says what it must hold. */
static inline void *storm_take(struct stormer *s, size_t n, int *fresh)
{
    size_t alignment = (size_t)16 << dice_below(&s->dice, 9), door = dice_below(&s->dice, 16);
    void *user = NULL;
    *fresh = s->plan->perturb ? 0xff & ~s->plan->perturb : -1;
    errno = 0;
    if (door < 8)
        return malloc(n);
    if (door < 11) {
        *fresh = 0;
        return calloc(1, n);
    }
    if (door == 11)
        errno = posix_memalign(&user, alignment, n);
    else if (door == 12)
        user = aligned_alloc(alignment, n);
    else if (door == 13)
        user = memalign(alignment, n);
    else
        return realloc(NULL, n);
    if (user && !is_aligned(user, alignment))
        atomic_fetch_add(&storm.misaligned, 1);
    return user;
}

/* Give a slot its pattern, over every byte that may be used. */
static inline void slot_fill(struct slot *slot, struct stormer *s, void *user, size_t asked)
{
    size_t usable = malloc_usable_size(user);
    if (usable < asked)
        atomic_fetch_add(&storm.too_small, 1);
    slot->user = user;
    slot->n = dice_below(&s->dice, 2) ? usable : asked;
    slot->key = dice_roll(&s->dice);
    pattern_fill(user, slot->n, slot->key);
}

static inline void slot_begin(struct slot *slot, struct stormer *s)
{
    int fresh;
    size_t n = storm_size(s);
    void *user = storm_take(s, n, &fresh);
    if (!user) {
        storm_note_refusal(s);
        return;
    }
    atomic_fetch_add(&storm.served, 1);
    if (fresh >= 0 && !all_bytes_are(user, n, (unsigned char)fresh))
        atomic_fetch_add(fresh == 0 ? &storm.not_zero : &storm.not_perturbed, 1);
    slot_fill(slot, s, user, n);
}

static inline void slot_end(struct slot *slot)
{
    errno = 4711;
    free(slot->user);
    if (errno != 4711)
        atomic_fetch_add(&storm.wrong_errno, 1);
    slot->user = NULL;
}

static inline void slot_change(struct slot *slot, struct stormer *s)
{
    size_t n = storm_size(s);
    errno = 0;
    void *user = realloc(slot->user, n);
    if (!user) {
        storm_note_refusal(s);
        if (!slot_is_whole(slot))
            atomic_fetch_add(&storm.damaged, 1);
        return;
    }
    if (!pattern_holds(user, min_size(n, slot->n), slot->n, slot->key))
        atomic_fetch_add(&storm.damaged, 1);
    slot_fill(slot, s, user, n);
}

static inline void storm_operate(struct stormer *s)
{
    struct slot *slot = &storm_slots[dice_below(&s->dice, STORM_SLOTS)];
    if (!slot_seize(slot))
        return;
    if (!slot->user) {
        slot_begin(slot, s);
    } else {
        if (!slot_is_whole(slot))
            atomic_fetch_add(&storm.damaged, 1);
        if (dice_below(&s->dice, 3) == 0)
            slot_change(slot, s);
        else
            slot_end(slot);
    }
    slot_let_go(slot);
}

static inline void storm_check(void)
{
    int broken = ashlar_check();
    atomic_fetch_add(&storm.broken_laws, (unsigned)broken);
    atomic_fetch_add(&storm.checks, 1);
}

/* What a child may find wrong, as its exit status. */
enum { CHILD_GOOD = 0, CHILD_BLOCKS = 1, CHILD_LAWS = 2, CHILD_THREAD = 3, CHILD_WORK = 4 };

/* Blocks that somebody was busy with when the process was copied are left alone. */
static inline bool child_frees_blocks(void)
{
    bool whole = true;
    for (size_t i = 0; i < STORM_SLOTS; i++) {
        struct slot *slot = &storm_slots[i];
        if (atomic_load(&slot->busy) || !slot->user)
            continue;
        whole = whole && slot_is_whole(slot);
        if (i % 2 == 0)
            slot_end(slot);
    }
    return whole;
}

static inline void *child_thread(void *context)
{
    struct stormer *s = context;
    for (unsigned i = 0; i < 500; i++)
        storm_operate(s);
    return NULL;
}

static inline int child_life(struct stormer *s)
{
    struct stormer other = *s;
    pthread_t thread;
    if (ashlar_check() != 0)
        return CHILD_LAWS;
    if (!child_frees_blocks())
        return CHILD_BLOCKS;
    bool threaded = pthread_create(&thread, NULL, child_thread, &other) == 0;
    if (!threaded && !s->plan->may_refuse)
        return CHILD_THREAD;
    other.dice = dice_of(dice_roll(&s->dice));
    child_thread(s);
    if (threaded)
        pthread_join(thread, NULL);
    if (atomic_load(&storm.damaged) > 0)
        return CHILD_WORK;
    return ashlar_check() == 0 ? CHILD_GOOD : CHILD_LAWS;
}

/* Wait without trust: a child that hangs is a failure, not the end of the test. */
static inline void storm_await_child(pid_t child)
{
    int status = 0;
    for (unsigned waited = 0; waited < 20000; waited++) {
        if (waitpid(child, &status, WNOHANG) == child) {
            if (status != 0) {
                note("child ended with status 0x%x", (unsigned)status);
                atomic_fetch_add(&storm.bad_children, 1);
            }
            return;
        }
        usleep(1000);
    }
    note("child %d hangs", (int)child);
    atomic_fetch_add(&storm.lost_children, 1);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}

static inline void storm_fork(struct stormer *s)
{
    pid_t child = fork();
    if (child == 0)
        _exit(child_life(s));
    if (child > 0) {
        atomic_fetch_add(&storm.forks, 1);
        storm_await_child(child);
    }
}

/* So much of every small size is in use for a moment that its requests get slots afterwards. */
static inline void storm_earn_runs(void)
{
    enum { BYTES = 96 * 1024, MOST = BYTES / 32 };
    static _Thread_local void *blocks[MOST];
    for (size_t n = 8; n < 1024; n += 16) {
        size_t count = BYTES / (n + 24);
        for (size_t i = 0; i < count; i++)
            blocks[i] = malloc(n);
        for (size_t i = 0; i < count; i++)
            free(blocks[i]);
    }
}

/* Larger ones come again so often that spans serve them. */
static inline void storm_earn_spans(void)
{
    enum { BLOCKS = 64, ROUNDS = 8 };
    static _Thread_local void *blocks[BLOCKS];
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < BLOCKS; i++)
            blocks[i] = malloc(40 * KIB);
        for (unsigned i = 0; i < BLOCKS; i++)
            free(blocks[i]);
    }
}

static inline void *storm_thread(void *context)
{
    struct stormer *s = context;
    const struct storm_plan *plan = s->plan;
    if (plan->runs)
        storm_earn_runs();
    if (plan->runs)
        storm_earn_spans();
    for (unsigned i = 1; i <= plan->operations; i++) {
        storm_operate(s);
        if (plan->check_every && i % plan->check_every == 0)
            storm_check();
        if (plan->fork_every && dice_below(&s->dice, plan->fork_every) == 0)
            storm_fork(s);
    }
    return NULL;
}

/* One round: the threads are born, storm and end.  Where none can be had, the caller storms. */
static inline void storm_round(const struct storm_plan *plan, unsigned threads, struct dice *dice)
{
    struct stormer stormers[STORM_THREADS_MAX];
    pthread_t ids[STORM_THREADS_MAX];
    unsigned born = 0;
    for (unsigned i = 0; i < threads; i++)
        stormers[i] = (struct stormer){.plan = plan, .dice = dice_of(dice_roll(dice))};
    /* The main thread is one of them. */
    while (born + 1 < threads &&
           pthread_create(&ids[born], NULL, storm_thread, &stormers[born]) == 0)
        born++;
    storm_thread(&stormers[threads - 1]);
    for (unsigned i = 0; i < born; i++)
        pthread_join(ids[i], NULL);
    storm_check();
}

static inline unsigned storm_damage_at_rest(void)
{
    unsigned damaged = 0;
    for (size_t i = 0; i < STORM_SLOTS; i++)
        damaged += storm_slots[i].user && !slot_is_whole(&storm_slots[i]);
    return damaged;
}

static inline void storm_end_all(void)
{
    for (size_t i = 0; i < STORM_SLOTS; i++)
        if (storm_slots[i].user)
            slot_end(&storm_slots[i]);
}

/* All rounds.  Blocks live on from one round to the next, longer than the threads that took them. */
static inline void storm_run(const struct storm_plan *plan)
{
    struct dice dice = dice_of(plan->seed);
    for (unsigned round = 0; round < plan->rounds; round++) {
        unsigned threads = plan->threads;
        if (round > 0 && threads > 2)
            threads = 2 + (unsigned)dice_below(&dice, STORM_THREADS_MAX - 1);
        storm_round(plan, threads, &dice);
        atomic_fetch_add(&storm.damaged, storm_damage_at_rest());
    }
}

/* What must hold after every storm. */
static inline void storm_judge(const char *name)
{
    ok(storm.served > 0, "%s: memory_is_served", name);
    ok(storm.damaged == 0, "%s: no_block_is_ever_damaged (%u)", name, storm.damaged);
    ok(storm.misaligned == 0, "%s: alignments_are_kept (%u)", name, storm.misaligned);
    ok(storm.too_small == 0, "%s: usable_sizes_are_enough (%u)", name, storm.too_small);
    ok(storm.not_zero == 0, "%s: calloc_gives_zeros (%u)", name, storm.not_zero);
    ok(storm.not_perturbed == 0, "%s: M_PERTURB_fills (%u)", name, storm.not_perturbed);
    ok(storm.wrong_errno == 0, "%s: errno_is_ENOMEM_or_left_alone (%u)", name, storm.wrong_errno);
    ok(storm.unexpected_null == 0, "%s: nothing_is_refused_without_reason (%u)", name,
       storm.unexpected_null);
    ok(storm.broken_laws == 0, "%s: all_laws_of_the_heap_hold (%u broken)", name,
       storm.broken_laws);
    ok(storm.bad_children == 0 && storm.lost_children == 0,
       "%s: the_heap_of_a_forked_child_is_whole (%u of %u wrong, %u hang)", name,
       storm.bad_children, storm.forks, storm.lost_children);
    note("%s: %u served, %u refused, %u checks, %u forks", name, storm.served, storm.refused,
         storm.checks, storm.forks);
}

/* Tell once more, under our own numbers, what another test said in one line. */
static inline void tell_again(const char *line)
{
    const char *name = strstr(line, " - ");
    if (strncmp(line, "ok ", 3) == 0 && name)
        ok(true, "%s", name + 3);
    else if (strncmp(line, "not ok ", 7) == 0 && name)
        ok(false, "%s", name + 3);
    else if (line[0] == '#')
        tap_print("%s\n", line);
}

/* Run a program under one more variable of the environment and pass on what it says. */
static inline void storm_in_process(const char *name, const char *variable, const char *value,
                                    char **args)
{
    int ends[2], status = -1;
    char line[512];
    if (pipe(ends) != 0) {
        ok(false, "%s: a pipe can be had", name);
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        setenv(variable, value, 1);
        execv("/proc/self/exe", args);
        _exit(127);
    }
    close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    while (said && fgets(line, sizeof line, said)) {
        line[strcspn(line, "\n")] = '\0';
        tell_again(line);
    }
    if (said)
        fclose(said);
    waitpid(child, &status, 0);
    ok(WIFEXITED(status), "%s: the storm passes (status 0x%x)", name, (unsigned)status);
}

#endif
