/*
 * memory.c - process_vm_readv in large batches, for the pages that are there.
 *
 * A request is cut into stretches of equal kind: pages in memory go into the batch, absent
 * anonymous ones become zero at once, absent ones of a file are read from the file.  When the batch
 * stops short, the stretch it stopped at is tried through /proc/PID/mem, which also reads what the
 * target itself may not (PROT_NONE).
 *
 *     request        |<------------------ at, n ------------------->|
 *     areas       | anonymous                   |  file                |
 *     pages       | here | here | absent | here | here | absent  | here|
 *     stretches      |  batch   |  zero  |    batch    | the file|batch|
 *
 * Between the look at pagemap and the reading a page may go or come.  If it goes, the reading brings
 * in a page of zeros: that is the one page by which the target may grow, and it would have grown by
 * touching the page itself.
 */
#include "memory.h"

#include "core.h"
#include "pages.h"

#include <limits.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BATCH = IOV_MAX, PIECE_PAGES = 1024 };

/* Large, and on the stack of memory_read_many: about 40 KiB. */
struct batch {
    const struct target *target;
    size_t count;
    struct iovec from[BATCH], into[BATCH];
    struct memory_request *request[BATCH]; /* whose stretch it is */
};

/* The smaller of the two. */
static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* One stretch, the slow way.  pread takes no address above the half of the address space, where
 * only the kernel's vsyscall page is. */
static bool read_one(const struct target *target, const struct iovec *from,
                     const struct iovec *into)
{
    off_t at = (off_t)(uintptr_t)from->iov_base;
    return target->memory >= 0 && at >= 0 &&
           pread(target->memory, into->iov_base, from->iov_len, at) == (ssize_t)from->iov_len;
}

/* How many stretches, from the first on, were read as a whole. */
static size_t read_several(const struct batch *batch, size_t first)
{
    ssize_t got = process_vm_readv(batch->target->pid, &batch->into[first], batch->count - first,
                                   &batch->from[first], batch->count - first, 0);
    size_t left = got > 0 ? (size_t)got : 0, whole = 0;
    while (first + whole < batch->count && left >= batch->from[first + whole].iov_len) {
        left -= batch->from[first + whole].iov_len;
        whole++;
    }
    return whole;
}

/* What cannot be read in either way makes its request fail, and the others go on. */
static void flush(struct batch *batch)
{
    for (size_t i = 0; i < batch->count;) {
        i += read_several(batch, i);
        if (i == batch->count)
            break;
        if (!read_one(batch->target, &batch->from[i], &batch->into[i]))
            batch->request[i]->done = false;
        i++;
    }
    batch->count = 0;
}

/* One more stretch; a full batch is read first. */
static void add(struct batch *batch, struct memory_request *request, uint64_t at, size_t n)
{
    if (batch->count == BATCH)
        flush(batch);
    size_t i = batch->count++;
    batch->from[i] = (struct iovec){(void *)(uintptr_t)at, n};
    batch->into[i] = (struct iovec){(char *)request->into + (at - request->at), n};
    batch->request[i] = request;
}

/* Absent pages of a file hold what the file holds, and zero behind its end. */
static bool read_file(const struct target *target, const struct area *area, uint64_t at, void *into,
                      size_t n)
{
    int fd = target_open_file(target, area->name);
    if (fd < 0)
        return false;
    ssize_t got = pread(fd, into, n, (off_t)(area->offset + (at - area->start)));
    close(fd);
    if (got < 0)
        return false;
    memset((char *)into + got, 0, n - (size_t)got);
    return true;
}

/* Memory that the kernel fills with zeros when it is touched; its own pages (vdso) it has filled
 * otherwise, long before. */
static bool begins_as_zero(const struct area *area)
{
    return area_is_anonymous(area) || strcmp(area->name, "[heap]") == 0 ||
           strcmp(area->name, "[stack]") == 0;
}

/* Shared memory without a file has an inode as well, and its absent pages may be another process's:
 * then the file is not to be had, and the request fails rather than to invent zeros. */
static bool read_absent(const struct target *target, const struct area *area, uint64_t at,
                        void *into, size_t n)
{
    if (area->inode != 0)
        return read_file(target, area, at, into, n);
    if (!begins_as_zero(area))
        return false;
    memset(into, 0, n);
    return true;
}

/* A stretch within one area whose pages are all there, or all absent. */
static void plan_stretch(struct batch *batch, struct memory_request *request,
                         const struct area *area, uint64_t at, size_t n, bool present)
{
    void *into = (char *)request->into + (at - request->at);
    if (present)
        add(batch, request, at, n);
    else if (!read_absent(batch->target, area, at, into, n))
        request->done = false;
}

/* [at, end) lies in one area; the pages are asked for in pieces. */
static void plan_area(struct batch *batch, struct memory_request *request, const struct area *area,
                      uint64_t at, uint64_t end)
{
    uint8_t pages[PIECE_PAGES];
    uint64_t size = batch->target->page_size;
    while (at < end) {
        uint64_t base = at - at % size;
        uint64_t stop = least(end, base + PIECE_PAGES * size);
        size_t count = (size_t)((stop - base + size - 1) / size);
        pages_read(batch->target, base, count, pages);
        for (size_t i = 0; i < count;) {
            size_t last = i;
            bool present = pages[i] != PAGE_ABSENT;
            while (last < count && (pages[last] != PAGE_ABSENT) == present)
                last++;
            uint64_t up_to = least(stop, base + last * size);
            plan_stretch(batch, request, area, at, (size_t)(up_to - at), present);
            at = up_to;
            i = last;
        }
    }
}

/* A core file does not change: it is read at once. */
static void plan_core(struct batch *batch, struct memory_request *request, const struct area *area,
                      uint64_t at, uint64_t end)
{
    void *into = (char *)request->into + (at - request->at);
    if (!core_read(batch->target->core, area, at, into, (size_t)(end - at)))
        request->done = false;
}

/* The areas say what is mapped; a request over a gap is refused before anything is read. */
static void plan(struct batch *batch, struct memory_request *request)
{
    uint64_t at = request->at, end = at + request->n;
    request->done = end >= at;
    while (request->done && at < end) {
        const struct area *area = areas_find(&batch->target->areas, at);
        /* A snapshot has no contents. */
        if (!area || batch->target->saved) {
            request->done = false;
            return;
        }
        uint64_t stop = least(end, area->end);
        if (batch->target->core)
            plan_core(batch, request, area, at, stop);
        else
            plan_area(batch, request, area, at, stop);
        at = stop;
    }
}

/* Planning reads what needs no system call on the target; what is left goes in batches. */
size_t memory_read_many(const struct target *target, struct memory_request *requests, size_t count)
{
    struct batch batch;
    size_t done = 0;
    batch.target = target;
    batch.count = 0;
    for (size_t i = 0; i < count; i++)
        plan(&batch, &requests[i]);
    flush(&batch);
    for (size_t i = 0; i < count; i++)
        done += requests[i].done;
    return done;
}

bool memory_read(const struct target *target, uint64_t at, void *into, size_t n)
{
    struct memory_request request = {.at = at, .into = into, .n = n};
    return memory_read_many(target, &request, 1) == 1;
}

/* A 32-bit process has words of 32 bits, and they are unsigned. */
bool memory_read_word(const struct target *target, uint64_t at, uint64_t *word)
{
    uint32_t half;
    if (target->bits == 64)
        return memory_read(target, at, word, sizeof *word);
    if (!memory_read(target, at, &half, sizeof half))
        return false;
    *word = half;
    return true;
}
