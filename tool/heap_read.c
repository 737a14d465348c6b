/*
 * heap_read.c - ask each reader in turn, and say in words how it went.
 *
 * A process that runs libashlar has glibc's malloc in memory, too, so ours is asked first.
 */
#include "heap_read.h"

#include "ashlar.h"
#include "freeze.h"
#include "glibc.h"
#include "saved.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's answers in the words of all readers.  A malloc that was never called has a model, an
 * empty one. */
static const enum heap_refusal reasons[] = {
    [GLIBC_FOUND] = HEAP_FINE,     [GLIBC_NONE] = HEAP_NO_KNOWN_MALLOC, [GLIBC_UNUSED] = HEAP_FINE,
    [GLIBC_BITS_32] = HEAP_32_BIT, [GLIBC_DENIED] = HEAP_DENIED,
};

/* By the names of their libraries; one that is linked statically has none. */
static const struct {
    const char *part, *name;
} others[] = {
    {"libjemalloc", "jemalloc"},    {"libmimalloc", "mimalloc"}, {"libtcmalloc", "tcmalloc"},
    {"libashlar", "libashlar"},     {"libhoard", "Hoard"},       {"libsnmalloc", "snmalloc"},
    {"linux-musl/libc.so", "musl"}, {"ld-musl", "musl"},
};

/* glibc's, unless that was not used either and ours may be: then ours, which is empty. */
static struct heap_model *glibc_or(struct target *target, struct heap_model *ours,
                                   enum heap_refusal *why)
{
    struct heap_model *model;
    *why = reasons[glibc_read(target, &model)];
    if (!ours || (model && !model->unused)) {
        heap_free(ours);
        return model;
    }
    heap_free(model);
    *why = HEAP_FINE;
    return ours;
}

struct heap_model *heap_read(struct target *target, enum heap_refusal *why)
{
    struct heap_model *ours;
    unsigned kept;
    if (target->saved) {
        ours = saved_model(target->saved, &kept);
        *why = (enum heap_refusal)kept;
        return ours;
    }
    enum ashlar_note note = ashlar_read(target, &ours);
    *why = note == ASHLAR_NOTE_OTHER ? HEAP_OTHER_LAYOUT : HEAP_FINE;
    if (note == ASHLAR_NOTE_OTHER || (ours && !ours->unused))
        return ours;
    return glibc_or(target, ours, why);
}

/* Whether an arena was met in the middle of a change. */
static bool is_torn(const struct heap_model *model)
{
    for (size_t i = 0; model && i < model->arena_count; i++) {
        if (model->arenas[i].torn)
            return true;
    }
    return false;
}

/* Five stops, a millisecond apart and more: a thread is inside malloc for much less than that. */
struct heap_model *heap_read_still(struct target *target, enum heap_refusal *why)
{
    for (unsigned tries = 0;; tries++) {
        freeze_begin(target);
        target_refresh(target);
        struct heap_model *model = heap_read(target, why);
        if (tries == 4 || !freeze_holds(target) || !is_torn(model))
            return model;
        heap_free(model);
        freeze_end(target);
        usleep(1000U << tries);
    }
}

/* The allocator whose library has that name, or NULL. */
static const char *other_in(const char *file)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strstr(file, others[i].part))
            return others[i].name;
    }
    return NULL;
}

/* Ours comes before all others where it was read. */
const char *heap_other_allocator(const struct target *target, const struct heap_model *model)
{
    const char *other = NULL;
    if (model && model->allocator && strcmp(model->allocator, "libashlar") == 0)
        return NULL;
    for (size_t i = 0; i < target->areas.count && !other; i++)
        other = other_in(target->areas.list[i].name);
    return other;
}

/* With the name of its allocator, if one is known there. */
__attribute__((noreturn)) static void say_none(const struct target *target)
{
    const char *other = heap_other_allocator(target, NULL);
    if (other)
        say("%s (%d) has %s's malloc, which cannot be read yet.", target->name, (int)target->pid,
            other);
    else
        say("%s (%d) has no glibc malloc of a layout that is known (2.26 to 2.43).", target->name,
            (int)target->pid);
    say_more("What can be seen of any process:  ashlar map %d", (int)target->pid);
    exit(EXIT_OURS);
}

struct heap_model *heap_read_or_say(struct target *target)
{
    enum heap_refusal why;
    target_need_memory(target);
    struct heap_model *model = heap_read_still(target, &why);
    freeze_end(target);
    freeze_tell(target);
    switch (why) {
    case HEAP_FINE: return model;
    case HEAP_32_BIT:
        say_and_exit(EXIT_OURS,
                     "%s (%d) is a 32-bit process; its heap cannot be read yet. Try: "
                     "ashlar map %d",
                     target->name, (int)target->pid, (int)target->pid);
    case HEAP_DENIED:
        say_and_exit(EXIT_OURS, "the memory of %s (%d) cannot be read", target->name,
                     (int)target->pid);
    case HEAP_OTHER_LAYOUT:
        say_and_exit(EXIT_OURS,
                     "%s (%d) runs a libashlar whose layout this ashlar does not know. Use the "
                     "ashlar that came with it, or: ashlar map %d",
                     target->name, (int)target->pid, (int)target->pid);
    case HEAP_NO_KNOWN_MALLOC: break;
    }
    say_none(target);
}

bool heap_is_exact(const struct heap_model *model)
{
    for (size_t i = 0; i < model->arena_count; i++) {
        if (model->arenas[i].torn || model->arenas[i].broken)
            return false;
    }
    return !model->settings.known || model->mapped_count == model->settings.mapped_count;
}

const char *heap_exactness(const struct heap_model *model, char text[160])
{
    size_t torn = 0, broken = 0;
    for (size_t i = 0; i < model->arena_count; i++) {
        torn += model->arenas[i].torn;
        broken += model->arenas[i].broken;
    }
    int n = snprintf(text, 160, "%s (%zu of %zu arenas walked, %zu torn, %u read again",
                     heap_is_exact(model) ? "exact" : "not exact",
                     model->arena_count - torn - broken, model->arena_count, torn, model->rereads);
    if (broken)
        n += snprintf(text + n, 160 - (size_t)n, ", %zu damaged", broken);
    if (model->settings.known && model->mapped_count != model->settings.mapped_count)
        n += snprintf(text + n, 160 - (size_t)n, ", %zu of %zu mapped chunks found",
                      model->mapped_count, (size_t)model->settings.mapped_count);
    snprintf(text + n, 160 - (size_t)n, ")");
    return text;
}
