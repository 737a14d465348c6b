/*
 * sys.h - the kernel, and the only file that asks it for memory.
 *
 * Sizes are in bytes and whole pages unless said.  A refusal comes back as NULL or false with
 * nothing changed; errno is then the kernel's and means nothing to the caller.  An injection build
 * refuses on demand (ASHLAR_INJECT_FAIL, see sys.c), so that tests can be mean.
 */
#ifndef ASHLAR_SYS_H
#define ASHLAR_SYS_H

#include "base.h"

/* What a test can have refused in an injection build. */
enum sys_call {
    SYS_BREAK,
    SYS_MAP,
    SYS_UNMAP,
    SYS_REMAP,
    SYS_COMMIT,
    SYS_WITHDRAW,
    SYS_RELEASE,
    SYS_POPULATE,
    SYS_BARRIER,
    SYS_LOOK,
    SYS_COPY,
    SYS_THREAD,
    SYS_CALLS
};

/* Of the calls whose bits are set, those from number `from` to number `to` fail, counted from 1. */
struct sys_order {
    unsigned calls;
    long from, to;
    _Atomic long seen, refused;
};
extern struct sys_order sys_order WEAK;

/* Whether this call is to fail now; to be asked in an injection build only, once for each call. */
bool sys_is_refused(enum sys_call call);

/* The page size of the machine it runs on, known from the first call on. */
extern size_t sys_page_known;
size_t sys_page_ask(void);

static inline size_t sys_page(void)
{
    size_t known = __atomic_load_n(&sys_page_known, __ATOMIC_RELAXED);
    return likely(known) ? known : sys_page_ask();
}

/* Where the break is now. */
char *sys_break(void);

/* Move the break by `bytes`; returns where it was, or NULL. */
char *sys_break_move(ptrdiff_t bytes);

/* Fresh private memory, zero, readable and writable. */
void *sys_map(size_t size);
bool sys_unmap(void *start, size_t size);

/* Bytes given back by unmapping, releasing and lowering the break since the process began. */
size_t sys_returned(void);

/* A mapping of another size with the same contents, moved if need be. */
void *sys_remap(void *start, size_t old_size, size_t new_size);

/* Address space only, aligned to its own size (a power of two): nothing in it can be touched. */
void *sys_reserve(size_t size);

/* Nobody has limited the address space so that another reservation could be missed later. */
bool sys_address_space_is_ample(void);

/* Give up a reservation of which `used` bytes were committed. */
bool sys_unreserve(void *start, size_t size, size_t used);

/* Make a part of a reservation usable; it is zero when it is used for the first time. */
bool sys_commit(void *start, size_t size);

/*
 * Give pages back but keep their addresses: they are zero when touched next.  False if the kernel
 * keeps them as they are, which it does with locked pages.
 */
bool sys_release(void *start, size_t size);

/*
 * Bring pages into memory before they are touched, all with one call.  False if the kernel cannot:
 * then each comes when it is touched.
 */
bool sys_populate(void *start, size_t size);

/* A huge page of the kernel, where it has such: see sys_populate_huge(). */
#define SYS_HUGE (2 * MIB)

/*
 * The same for whole huge pages, as huge pages if the kernel has some to spare.  They stay so only
 * until a part of them is given back, and no daemon of the kernel makes further ones there.
 */
bool sys_populate_huge(void *start, size_t size);

/* Give pages back and let nobody touch them from now on, until they are committed again. */
bool sys_withdraw(void *start, size_t size);

/* Let nobody touch pages until they are committed again, with what they hold; or write to them. */
bool sys_forbid(void *start, size_t size);
bool sys_make_read_only(void *start, size_t size);

/* Address space only: nothing in it can be touched before it is committed. */
void *sys_map_nothing(size_t size);

/* Move a mapping, of another size if need be, to where there is another one, which is gone then. */
bool sys_remap_to(void *start, size_t old_size, void *to, size_t size);

/* Bytes that nobody can guess; false if the kernel has none yet. */
bool sys_random(void *bytes, size_t size);

/* Tell of each of these pages, in the lowest bit of its byte, whether it is in memory. */
bool sys_look(void *start, size_t size, unsigned char *in_memory);

/* Release the whole pages in [start, end), if there are any; returns how many bytes those are. */
size_t sys_release_whole(uintptr_t start, uintptr_t end);

/* How many of these bytes, whole pages, are in memory now. */
size_t sys_resident(void *start, size_t size);

/* Release the whole pages in [start, end) that are in memory; returns how many bytes those were. */
size_t sys_release_resident(uintptr_t start, uintptr_t end);

/* Milliseconds of a clock that never goes back; coarse, and as cheap as a function call. */
uint64_t sys_clock(void);

/* Sleep while *bell is as seen, at most so many milliseconds; and wake whoever does. */
void sys_sleep_on(_Atomic uint32_t *bell, uint32_t seen, unsigned milliseconds);
void sys_ring(_Atomic uint32_t *bell);

/*
 * When this returns every thread of the process has passed a full memory barrier.  False if the
 * kernel has no such call.
 */
bool sys_barrier(void);

/* Copy n bytes of this process; false if some of them cannot be read. */
bool sys_copy(void *to, uintptr_t from, size_t n);

/* From now on the calling thread has descriptors of its own: none so far. */
void sys_part_from_files(void);

/* Where a thread is: three registers, enough to follow its stack. */
struct sys_spot {
    uintptr_t pc, sp, fp;
};

/* Where a signal interrupted its thread; `context` is the handler's third argument. */
struct sys_spot sys_spot_of(const void *context);

/* What the thread was about to do with the address, as far as the processor tells. */
enum sys_access { SYS_ACCESS, SYS_READ, SYS_WRITE };
enum sys_access sys_access_of(const void *context);

/*
 * The program or library around an address, and its table of .eh_frame_hdr.  False if that is none,
 * or this C library cannot tell without a lock.
 */
struct sys_object {
    uintptr_t start, end;
    const uint8_t *unwind;
};
bool sys_object_around(uintptr_t address, struct sys_object *object);

/* An address in the program itself; 0 if that is not known. */
uintptr_t sys_program(void);

/* What the kernel calls the thread. */
int sys_thread(void);

/* Whether this process has such a thread. */
bool sys_has_thread(int thread);

/* The calling thread is the one that began the process. */
bool sys_is_first_thread(int thread);

/* Where the first thread's stack begins, or a little above: the kernel's own bytes lie there. */
uintptr_t sys_first_stack_end(void);

/* The program runs with more rights than its caller: trust no environment. */
bool sys_is_privileged(void);

#endif
