/*
 * frames.c - step after step.
 */
#include "frames.h"

/* No frame is larger: a longer step has gone astray. */
#define FRAME_MAX MIB

/* A stack is not larger than this, or we are on another one. */
#define STACK_MAX (64 * MIB)

/* By frame pointer: it leads to the caller's, and the return address stands behind that. */
static bool step_by_pointer(const struct stack *s, struct sys_spot *spot)
{
    struct sys_spot caller = {.sp = spot->fp + 2 * WORD};
    if (spot->fp < spot->sp || !stack_word(s, spot->fp, &caller.fp) ||
        !stack_word(s, spot->fp + WORD, &caller.pc))
        return false;
    *spot = caller;
    return true;
}

static bool step(const struct stack *s, struct sys_spot *spot, bool called)
{
    uintptr_t before = spot->sp;
    if (!cfi_step(s, spot, called) && !step_by_pointer(s, spot))
        return false;
    assert(spot->sp > before); /* each step leads upwards: there is an end */
    return spot->sp - before <= FRAME_MAX && spot->pc != 0;
}

static void note(struct frames *f, uintptr_t pc)
{
    assert(pc != 0);
    if (f->count < FRAMES_MOST)
        f->pc[f->count++] = pc;
}

static bool is_in(const struct sys_object *object, uintptr_t pc)
{
    assert(object->start <= object->end);
    return pc - object->start < object->end - object->start;
}

/* What is known here of a caller: the frame pointer's chain begins with ours. */
static struct sys_spot spot_of_caller(void *frame)
{
    return (struct sys_spot){.sp = (uintptr_t)frame, .fp = (uintptr_t)frame};
}

/* How many of the newest are this library's; none if it is part of the program: who can tell then? */
static unsigned count_own(const uintptr_t *pc, unsigned count)
{
    struct sys_object own;
    if (!sys_object_around((uintptr_t)&frames_of_caller, &own) || is_in(&own, sys_program()))
        return 0;
    unsigned n = 0;
    while (n < count && is_in(&own, pc[n]))
        n++;
    return n;
}

NOINLINE void frames_of_caller(struct frames *f, uintptr_t stack_end)
{
    enum { OWN_MOST = 8 };
    uintptr_t pc[FRAMES_MOST + OWN_MOST];
    unsigned count = 0;
    struct sys_spot spot = spot_of_caller(__builtin_frame_address(0));
    uintptr_t end = align_up(spot.sp + 2 * WORD, sys_page());
    if (stack_end > spot.sp && stack_end - spot.sp < STACK_MAX)
        end = stack_end;
    struct stack s = {spot.sp, end, false};
    if (step_by_pointer(&s, &spot))
        do
            pc[count++] = spot.pc;
        while (count < FRAMES_MOST + OWN_MOST && step(&s, &spot, true));
    assert(count <= FRAMES_MOST + OWN_MOST && s.from < s.to);
    f->count = 0;
    f->thread = sys_thread();
    for (unsigned i = count_own(pc, count); i < count; i++)
        note(f, pc[i]);
}

void frames_of_signal(struct frames *f, const void *context)
{
    struct sys_spot spot = sys_spot_of(context);
    struct stack s = {0, UINTPTR_MAX, true};
    f->count = 0;
    f->thread = sys_thread();
    if (spot.pc == 0)
        return;
    note(f, spot.pc);
    for (bool called = false; f->count < FRAMES_MOST && step(&s, &spot, called); called = true)
        note(f, spot.pc);
}
