/*
 * sys.c - system calls, one function each, and their refusals made to order.
 *
 * In an injection build ASHLAR_INJECT_FAIL=N makes every N-th call that could fail, fail; a value
 * of -N lets N calls succeed and refuses all later ones.  A test that defines sys_order says more
 * exactly which.
 */
#include "sys.h"

#include "lock.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* Whether the test's own order is for this call. */
static bool is_ordered(enum sys_call call)
{
    if (!&sys_order || !(sys_order.calls >> call & 1))
        return false;
    long number = 1 + atomic_fetch_add(&sys_order.seen, 1);
    bool is_meant = number >= sys_order.from && number <= sys_order.to;
    if (is_meant)
        atomic_fetch_add(&sys_order.refused, 1);
    return is_meant;
}

bool sys_is_refused(enum sys_call call)
{
    static _Atomic long calls;
    if (!INJECTING || is_ordered(call))
        return INJECTING;
    const char *order = getenv("ASHLAR_INJECT_FAIL");
    long every = order ? atol(order) : 0;
    if (every == 0)
        return false;
    long number = 1 + atomic_fetch_add(&calls, 1);
    return every > 0 ? number % every == 0 : number > -every;
}

static _Atomic size_t returned;

static bool count_returned(size_t bytes)
{
    atomic_fetch_add_explicit(&returned, bytes, memory_order_relaxed);
    return true;
}

size_t sys_returned(void)
{
    return atomic_load_explicit(&returned, memory_order_relaxed);
}

size_t sys_page_known;

size_t sys_page_ask(void)
{
    size_t page = getauxval(AT_PAGESZ);
    assert(is_power_of_two(page) && page >= 4 * KIB && page < HEAP_MAX);
    __atomic_store_n(&sys_page_known, page, __ATOMIC_RELAXED);
    return page;
}

char *sys_break(void)
{
    return sbrk(0);
}

/* Where the break has ever been. */
static _Atomic uintptr_t break_from, break_to;

static void note_break(uintptr_t from, uintptr_t to)
{
    if (atomic_load_explicit(&break_from, memory_order_relaxed) == 0)
        atomic_store_explicit(&break_from, from, memory_order_relaxed);
    if (atomic_load_explicit(&break_to, memory_order_relaxed) < to)
        atomic_store_explicit(&break_to, to, memory_order_relaxed);
}

char *sys_break_move(ptrdiff_t bytes)
{
    if (INJECTING && sys_is_refused(SYS_BREAK))
        return NULL;
    char *before = sbrk(bytes);
    if (before == (char *)-1)
        return NULL;
    if (bytes < 0)
        count_returned((size_t)-bytes);
    else
        note_break((uintptr_t)before, (uintptr_t)before + (size_t)bytes);
    return before;
}

/* Threads remember what was the main arena's (tcache.h): nothing else of ours may come there. */
static bool is_where_break_was(const void *start, size_t size)
{
    uintptr_t from = atomic_load_explicit(&break_from, memory_order_relaxed);
    uintptr_t to = atomic_load_explicit(&break_to, memory_order_relaxed);
    return (uintptr_t)start < to && (uintptr_t)start + size > from;
}

/* Where a kernel gives out more than the usual addresses, nobody could tell whose memory it is. */
static bool is_beyond_addresses(const void *start, size_t size)
{
    return WORD == 8 && ((uintptr_t)start + size - 1) >> ADDRESS_BITS % (8 * WORD) != 0;
}

static void *map(void *hint, size_t size, int protection, int flags)
{
    if (INJECTING && sys_is_refused(SYS_MAP))
        return NULL;
    void *start = mmap(hint, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    if (unlikely(is_where_break_was(start, size) || is_beyond_addresses(start, size))) {
        munmap(start, size);
        return NULL;
    }
    return start;
}

/* Every call from here on is about whole pages: the kernel would round, and our sums be wrong. */
static bool are_pages(const void *start, size_t size)
{
    return is_aligned(start, sys_page()) && size % sys_page() == 0;
}

void *sys_map(size_t size)
{
    assert(size > 0 && are_pages(NULL, size));
    return map(NULL, size, PROT_READ | PROT_WRITE, 0);
}

bool sys_unmap(void *start, size_t size)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_UNMAP))
        return false;
    return munmap(start, size) == 0 && count_returned(size);
}

void *sys_remap(void *start, size_t old_size, size_t new_size)
{
    assert(are_pages(start, old_size) && are_pages(start, new_size));
    if (INJECTING && sys_is_refused(SYS_REMAP))
        return NULL;
    void *moved = mremap(start, old_size, new_size, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}

/* Reserve twice the size and let go of what lies outside the aligned half. */
static void *reserve_and_cut(size_t size)
{
    char *start = map(NULL, 2 * size, PROT_NONE, MAP_NORESERVE);
    if (!start)
        return NULL;
    size_t before = align_up((uintptr_t)start, size) - (uintptr_t)start;
    char *aligned = start + before;
    if (before > 0)
        munmap(start, before);
    assert(is_aligned(aligned, size) && before < size);
    munmap(aligned + size, size - before);
    return aligned;
}

void *sys_reserve(size_t size)
{
    /* The place beside the last reservation is as a rule free and aligned. */
    static _Atomic uintptr_t beside;
    assert(is_power_of_two(size));
    uintptr_t hint = atomic_load_explicit(&beside, memory_order_relaxed);
    char *start = hint ? map((void *)hint, size, PROT_NONE, MAP_NORESERVE) : NULL;
    if (start && !is_aligned(start, size)) {
        munmap(start, size);
        start = NULL;
    }
    if (!start)
        start = reserve_and_cut(size);
    if (start)
        atomic_store_explicit(&beside, (uintptr_t)start - size, memory_order_relaxed);
    return start;
}

bool sys_address_space_is_ample(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= 64 * (rlim_t)HEAP_MAX;
}

bool sys_unreserve(void *start, size_t size, size_t used)
{
    assert(is_aligned(start, size) && used <= size);
    if (INJECTING && sys_is_refused(SYS_UNMAP))
        return false;
    return munmap(start, size) == 0 && count_returned(used);
}

bool sys_commit(void *start, size_t size)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_COMMIT))
        return false;
    return mprotect(start, size, PROT_READ | PROT_WRITE) == 0;
}

bool sys_release(void *start, size_t size)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_RELEASE))
        return false;
    return madvise(start, size, MADV_DONTNEED) == 0 && count_returned(size);
}

/* A new mapping in the place of the old one: one call gives back and forbids. */
bool sys_withdraw(void *start, size_t size)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_WITHDRAW))
        return false;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    return mmap(start, size, PROT_NONE, flags, -1, 0) == start && count_returned(size);
}

bool sys_make_read_only(void *start, size_t size)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_WITHDRAW))
        return false;
    return mprotect(start, size, PROT_READ) == 0;
}

bool sys_forbid(void *start, size_t size)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_COMMIT))
        return false;
    return mprotect(start, size, PROT_NONE) == 0;
}

void *sys_map_nothing(size_t size)
{
    assert(are_pages(NULL, size));
    return map(NULL, size, PROT_NONE, MAP_NORESERVE);
}

bool sys_remap_to(void *start, size_t old_size, void *to, size_t size)
{
    assert(are_pages(start, old_size) && are_pages(to, size));
    if (INJECTING && sys_is_refused(SYS_REMAP))
        return false;
    return mremap(start, old_size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to;
}

bool sys_random(void *bytes, size_t size)
{
    return syscall(SYS_getrandom, bytes, size, GRND_NONBLOCK) == (long)size;
}

size_t sys_release_whole(uintptr_t start, uintptr_t end)
{
    start = align_up(start, sys_page());
    end = align_down(end, sys_page());
    return start < end && sys_release((void *)start, end - start) ? end - start : 0;
}

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

bool sys_populate(void *start, size_t size)
{
    static _Atomic bool unknown;
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_POPULATE))
        return false;
    if (atomic_load_explicit(&unknown, memory_order_relaxed))
        return false;
    if (madvise(start, size, MADV_POPULATE_WRITE) == 0)
        return true;
    if (errno == EINVAL)
        atomic_store_explicit(&unknown, true, memory_order_relaxed);
    return false;
}

bool sys_populate_huge(void *start, size_t size)
{
    assert(is_aligned(start, SYS_HUGE) && size % SYS_HUGE == 0);
    bool wanted = madvise(start, size, MADV_HUGEPAGE) == 0;
    bool populated = sys_populate(start, size);
    if (wanted)
        madvise(start, size, MADV_NOHUGEPAGE);
    return populated;
}

bool sys_look(void *start, size_t size, unsigned char *in_memory)
{
    assert(are_pages(start, size));
    if (INJECTING && sys_is_refused(SYS_LOOK))
        return false;
    return mincore(start, size, in_memory) == 0;
}

size_t sys_resident(void *start, size_t size)
{
    enum { AT_ONCE = 1024 };
    assert(are_pages(start, size));
    unsigned char in_memory[AT_ONCE];
    size_t resident = 0;
    /* By what is left: on 32-bit an address beyond the end may be beyond all addresses. */
    for (size_t done = 0, length; done < size; done += length) {
        length = min_size(size - done, AT_ONCE * sys_page());
        if (!sys_look((char *)start + done, length, in_memory))
            continue;
        for (size_t page = 0; page < length / sys_page(); page++)
            resident += in_memory[page] & 1 ? sys_page() : 0;
    }
    return resident;
}

size_t sys_release_resident(uintptr_t start, uintptr_t end)
{
    start = align_up(start, sys_page());
    end = align_down(end, sys_page());
    if (start >= end)
        return 0;
    size_t resident = sys_resident((void *)start, end - start);
    return resident > 0 && sys_release((void *)start, end - start) ? resident : 0;
}

uint64_t sys_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sys_sleep_on(_Atomic uint32_t *bell, uint32_t seen, unsigned milliseconds)
{
    struct lock_time limit = {(long)milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    syscall(SYS_futex, bell, LOCK_FUTEX_WAIT, seen, &limit, NULL, 0);
}

void sys_ring(_Atomic uint32_t *bell)
{
    atomic_fetch_add(bell, 1);
    syscall(SYS_futex, bell, LOCK_FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* linux/membarrier.h: Linux 4.14. */
enum { BARRIER = 1 << 3, REGISTER_BARRIER = 1 << 4 };

bool sys_barrier(void)
{
    if (INJECTING && sys_is_refused(SYS_BARRIER))
        return false;
    if (syscall(SYS_membarrier, BARRIER, 0, 0) == 0)
        return true;
    return syscall(SYS_membarrier, REGISTER_BARRIER, 0, 0) == 0 &&
           syscall(SYS_membarrier, BARRIER, 0, 0) == 0;
}

bool sys_copy(void *to, uintptr_t from, size_t n)
{
    if (INJECTING && sys_is_refused(SYS_COPY))
        return false;
    struct iovec here = {to, n}, there = {(void *)from, n};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)n;
}

/* close_range with CLOSE_RANGE_UNSHARE: Linux 5.9. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

void sys_part_from_files(void)
{
    syscall(SYS_close_range, 0, UINT_MAX, 1 << 1);
}

/* The names of registers are the processor's. */
struct sys_spot sys_spot_of(const void *context)
{
    const ucontext_t *c = context;
#if defined(__x86_64__)
    const greg_t *r = c->uc_mcontext.gregs;
    return (struct sys_spot){(uintptr_t)r[REG_RIP], (uintptr_t)r[REG_RSP], (uintptr_t)r[REG_RBP]};
#elif defined(__i386__)
    const greg_t *r = c->uc_mcontext.gregs;
    return (struct sys_spot){(uintptr_t)r[REG_EIP], (uintptr_t)r[REG_ESP], (uintptr_t)r[REG_EBP]};
#elif defined(__aarch64__)
    const mcontext_t *m = &c->uc_mcontext;
    return (struct sys_spot){m->pc, m->sp, m->regs[29]};
#else
    (void)c;
    return (struct sys_spot){0, 0, 0};
#endif
}

enum sys_access sys_access_of(const void *context)
{
#if defined(__x86_64__) || defined(__i386__)
    const ucontext_t *c = context;
    return c->uc_mcontext.gregs[REG_ERR] & 2 ? SYS_WRITE : SYS_READ;
#else
    (void)context;
    return SYS_ACCESS;
#endif
}

/* GNU C library 2.35; as its <dlfcn.h> has it, which older ones do not. */
struct found_object {
    unsigned long long flags;
    void *start, *end, *map, *unwind, *reserved[16];
};
extern int _dl_find_object(void *address, struct found_object *found) WEAK;

bool sys_object_around(uintptr_t address, struct sys_object *object)
{
    struct found_object found;
    if (!_dl_find_object || _dl_find_object((void *)address, &found) != 0)
        return false;
    assert(address - (uintptr_t)found.start < (uintptr_t)found.end - (uintptr_t)found.start);
    *object = (struct sys_object){(uintptr_t)found.start, (uintptr_t)found.end, found.unwind};
    return true;
}

uintptr_t sys_program(void)
{
    return getauxval(AT_PHDR);
}

int sys_thread(void)
{
    return (int)syscall(SYS_gettid);
}

bool sys_has_thread(int thread)
{
    return syscall(SYS_tgkill, getpid(), thread, 0) == 0;
}

bool sys_is_first_thread(int thread)
{
    return thread == getpid();
}

uintptr_t sys_first_stack_end(void)
{
    return getauxval(AT_RANDOM);
}

bool sys_is_privileged(void)
{
    return getauxval(AT_SECURE) != 0;
}
