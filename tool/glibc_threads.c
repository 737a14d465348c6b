/*
 * glibc_threads.c - descriptors of threads looked for at the ends of the areas they lie in.
 *
 *     stack's area   ... | storage: ... cache ... arena ... | descriptor: self ... self ... tid |
 *
 * The kernel does not tell where a thread's storage is unless the thread is stopped, which is not
 * done here.  Where no descriptor is found the caches stay without owner, and nothing else changes.
 */
#include "glibc_threads.h"

#include "memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    THREADS_MAX = 65536,
    TAIL = 64 << 10,       /* a descriptor is far smaller; also what is read at a time */
    STORAGE_MAX = 1 << 20, /* searched below a descriptor */
    DESCRIPTOR_ALIGN = 64,
    SELF = 16, /* a descriptor's second word that holds its own address */
    TID_FROM = 0x2c0,
    TID_TO = 0x320, /* its thread's number lies between */
};

/* The numbers of the target's threads, in no order. */
struct tids {
    pid_t *list;
    size_t count;
};

/* The numbers of the target's threads. */
static void list_threads(const struct target *target, struct tids *tids)
{
    int fd = openat(target->directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    tids->list = calloc(THREADS_MAX, sizeof *tids->list);
    while (directory && tids->list && tids->count < THREADS_MAX && (entry = readdir(directory))) {
        if (atoi(entry->d_name) > 0)
            tids->list[tids->count++] = atoi(entry->d_name);
    }
    if (directory)
        closedir(directory);
}

/* The thread whose descriptor begins with these bytes, at least TID_TO of them; 0 = none. */
static pid_t thread_of(const struct tids *tids, const unsigned char *descriptor)
{
    for (size_t offset = TID_FROM; offset < TID_TO; offset += 4) {
        int32_t number;
        memcpy(&number, descriptor + offset, sizeof number);
        for (size_t i = 0; number > 0 && i < tids->count; i++) {
            if (tids->list[i] == number)
                return number;
        }
    }
    return 0;
}

/* The cache whose program pointer this is, or NULL. */
static struct heap_cache *cache_of(struct heap_model *model, uint64_t user)
{
    for (size_t i = 0; i < model->cache_count; i++) {
        if (model->caches[i].at + GLIBC_HEADER == user)
            return &model->caches[i];
    }
    return NULL;
}

/* Whether the word is the address of an arena that was read. */
static bool is_arena(const struct heap_model *model, uint64_t at)
{
    for (size_t i = 0; i < model->arena_count; i++) {
        if (model->arenas[i].at == at)
            return true;
    }
    return false;
}

/* What a thread's storage was found to hold. */
struct storage {
    struct heap_cache *cache;
    uint64_t arena;
};

/* From the top down: what stands below the storage is the thread's stack, where old copies of the
 * same words may be. */
static void look_at(struct heap_model *model, const unsigned char *bytes, size_t n,
                    struct storage *storage)
{
    for (size_t i = n; i >= GLIBC_WORD; i -= GLIBC_WORD) {
        uint64_t word;
        memcpy(&word, bytes + i - GLIBC_WORD, sizeof word);
        if (word == 0)
            continue;
        if (!storage->arena && is_arena(model, word))
            storage->arena = word;
        else if (!storage->cache)
            storage->cache = cache_of(model, word);
    }
}

/* The program's own thread variables come first, and may be large; libc's stand below them. */
static void read_storage(struct glibc_reader *reader, uint64_t low, uint64_t descriptor,
                         pid_t thread)
{
    struct storage storage = {0};
    unsigned char bytes[TAIL];
    uint64_t end = descriptor;
    if (descriptor - low > STORAGE_MAX)
        low = descriptor - STORAGE_MAX;
    while (end > low && !(storage.cache && storage.arena)) {
        uint64_t n = end - low < TAIL ? end - low : TAIL;
        if (!memory_read(reader->target, end - n, bytes, n))
            break;
        look_at(reader->model, bytes, n, &storage);
        end -= n;
    }
    if (!storage.cache)
        return;
    storage.cache->thread = thread;
    storage.cache->uses = storage.arena;
}

/* Look for descriptors in the bytes that were copied from `at`, in an area that begins at low. */
static void search(struct glibc_reader *reader, const struct tids *tids, uint64_t low, uint64_t at,
                   const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i + TID_TO <= n; i += DESCRIPTOR_ALIGN) {
        uint64_t first, self;
        memcpy(&first, bytes + i, sizeof first);
        memcpy(&self, bytes + i + SELF, sizeof self);
        if (first != at + i || self != at + i)
            continue;
        pid_t thread = thread_of(tids, bytes + i);
        if (thread)
            read_storage(reader, low, at + i, thread);
    }
}

/* Its last bytes: a thread's descriptor stands at the upper end of its stack's area. */
static void search_area(struct glibc_reader *reader, const struct tids *tids, uint64_t start,
                        uint64_t end)
{
    unsigned char bytes[TAIL];
    uint64_t n = end - start < TAIL ? end - start : TAIL;
    uint64_t at = (end - n + DESCRIPTOR_ALIGN - 1) & ~(uint64_t)(DESCRIPTOR_ALIGN - 1);
    if (at < end && memory_read(reader->target, at, bytes, end - at))
        search(reader, tids, start, at, bytes, end - at);
}

void glibc_threads_read(struct glibc_reader *reader)
{
    const struct areas *areas = &reader->target->areas;
    struct tids tids = {0};
    list_threads(reader->target, &tids);
    for (size_t i = 0; i < areas->count && tids.count; i++) {
        const struct area *area = &areas->list[i];
        if (area->access == (ACCESS_READ | ACCESS_WRITE) && area_is_anonymous(area))
            search_area(reader, &tids, area->start, area->end);
    }
    /* A static program's main thread has its storage below the first chunk. */
    const struct area *heap = glibc_break(reader->target);
    if (heap && reader->settings.first > heap->start)
        search_area(reader, &tids, heap->start, reader->settings.first);
    free(tids.list);
}
