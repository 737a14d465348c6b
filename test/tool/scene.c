/*
 * scene.c - a process whose address space is known: it tells what lies where, a line each of
 *     KIND ADDRESS BYTES
 * then "ready", and waits for the end of its input.
 *
 *     scene [FILE [SMALL]]    a file of some pages to map; SMALL = without the terabyte
 *
 * @test helper
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 3, MANY = 40 };

#define MIB ((size_t)1 << 20)
#define BSS_BYTES (3 * MIB)
#define RESERVED ((size_t)1 << 40)

static char bss[BSS_BYTES];
static char data[64 << 10] = "not zero";
static pthread_barrier_t started;

static void tell(const char *kind, const void *at, size_t size)
{
    printf("%s %lx %zu\n", kind, (unsigned long)at, size);
}

/* A block that is only as long as asked for when it is whole: mapped memory is told in pages. */
static void *thread(void *unused)
{
    char *small = malloc(1000), local = 0;
    memset(small, 1, 1000);
    tell("thread-heap", small, 0);
    tell("thread-stack", &local, 0);
    pthread_barrier_wait(&started);
    pause();
    free(small);
    return unused;
}

static void start_threads(void)
{
    pthread_t ignored;
    pthread_barrier_init(&started, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&ignored, NULL, thread, NULL);
    pthread_barrier_wait(&started);
}

/* The second half is never touched: it must stay so while it is looked at. */
static void map_blocks(void)
{
    char *half = malloc(8 * MIB);
    memset(half, 1, 4 * MIB);
    tell("mapped-chunk", half, 8 * MIB);
    tell("untouched", half + 5 * MIB, 2 * MIB);
    char *full = malloc(4 * MIB);
    memset(full, 1, 4 * MIB);
    tell("mapped-chunk", full, 4 * MIB);
    for (int i = 0; i < MANY; i++) {
        char *one = malloc(256 << 10);
        one[0] = 1;
        tell("mapped-chunk", one, 256 << 10);
    }
}

static void map_file(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0)
        abort();
    size_t size = (size_t)status.st_size;
    /* One page of it is touched, the others are not. */
    volatile char *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)at[0];
    tell("file", (const void *)at, size);
    close(fd);
}

static void reserve(void)
{
    tell("reserved",
         mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
         RESERVED);
}

static void map_others(void)
{
    char *shared = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(shared, 1, MIB);
    tell("shared", shared, MIB);
    /* Guarded by other protections on both sides, so that it stays an area of its own. */
    char *plain = mmap(NULL, 3 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(plain + MIB, MIB, PROT_READ | PROT_WRITE);
    memset(plain + MIB, 0x5a, MIB);
    tell("anonymous", plain + MIB, MIB);
}

int main(int argc, char **argv)
{
    char local = 0, *small = malloc(1000);
    memset(small, 1, 1000);
    memset(bss, 1, BSS_BYTES / 2);
    data[100] = 1;
    tell("stack", &local, 0);
    tell("break-heap", small, 0);
    tell("bss", bss + MIB, BSS_BYTES - MIB);
    tell("data", data + (16 << 10), sizeof data / 2);
    tell("text", (const void *)(size_t)main, 0);
    tell("library", (const void *)(size_t)strtod, 0);
    map_blocks();
    if (argc < 3)
        reserve();
    map_others();
    if (argc > 1)
        map_file(argv[1]);
    start_threads();
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    _exit(0);
}
