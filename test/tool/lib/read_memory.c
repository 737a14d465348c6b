/*
 * read_memory.c - the reading of a target's memory, asked from outside.  Built with sanitizers by
 * ../memory.
 *
 *     read_memory TARGET           each line "ADDRESS BYTES" is read, all in one batch; for each a
 *                                  line with the bytes in hexadecimal, or "-"
 *     read_memory TARGET speed     reads every anonymous area; bytes and seconds
 */
#include "memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS_MAX = 8192, BYTES_MAX = 1 << 20 };

static void print(const struct memory_request *request)
{
    if (!request->done) {
        puts("-");
        return;
    }
    for (size_t i = 0; i < request->n; i++)
        printf("%02x", ((unsigned char *)request->into)[i]);
    putchar('\n');
}

static int batch(const struct target *target)
{
    static struct memory_request requests[REQUESTS_MAX];
    size_t count = 0, done = 0;
    while (count < REQUESTS_MAX &&
           scanf("%" SCNx64 " %zu", &requests[count].at, &requests[count].n) == 2) {
        if (requests[count].n > BYTES_MAX)
            return 1;
        requests[count].into = malloc(requests[count].n + 1);
        count++;
    }
    size_t told = memory_read_many(target, requests, count);
    for (size_t i = 0; i < count; i++) {
        done += requests[i].done;
        print(&requests[i]);
        free(requests[i].into);
    }
    return told != done;
}

static int speed(const struct target *target)
{
    static char into[BYTES_MAX];
    uint64_t bytes = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        for (uint64_t at = area->start; area_is_anonymous(area) && area->access && at < area->end;
             at += sizeof into) {
            uint64_t left = area->end - at;
            size_t n = left < sizeof into ? (size_t)left : sizeof into;
            bytes += memory_read(target, at, into, n) ? n : 0;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%" PRIu64 " %.3f\n", bytes,
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    struct target *target = target_open(argc > 1 ? argv[1] : "");
    int status = argc > 2 && strcmp(argv[2], "speed") == 0 ? speed(target) : batch(target);
    target_close(target);
    return status;
}
