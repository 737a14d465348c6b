/*
 * frag.c - the measured example of fragmentation: 31 MiB of blocks, 99 of 100 freed, and nothing
 * goes back to the kernel.  Four threads, one block of 4 MiB.  Prints "ready" and sleeps; SIGUSR1
 * makes it call malloc_trim(0) and print "trimmed".
 *
 * @test helper
 */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 3, MAIN_BLOCKS = 40000, THREAD_BLOCKS = 10000 };

static pthread_barrier_t done;

/* A sequence that is the same on every machine. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

static void *touched(size_t n)
{
    void *block = malloc(n);
    memset(block, 1, n);
    return block;
}

/* count blocks of low to high bytes, of which one in `keep` stays. */
static void burst(int count, unsigned low, unsigned high, int keep, unsigned seed)
{
    void **block = malloc((size_t)count * sizeof *block);
    for (int i = 0; i < count; i++)
        block[i] = touched(low + next_random(&seed) % (high - low + 1));
    for (int i = 0; i < count; i++) {
        if (i % keep != keep - 1)
            free(block[i]);
    }
    free(block);
}

static void *thread(void *seed)
{
    burst(THREAD_BLOCKS, 200, 584, 50, *(unsigned *)seed);
    pthread_barrier_wait(&done);
    while (pause() != 0)
        continue;
    return NULL;
}

int main(void)
{
    static unsigned seeds[THREADS] = {1, 2, 3};
    sigset_t trim;
    sigemptyset(&trim);
    sigaddset(&trim, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &trim, NULL);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        pthread_t id;
        pthread_create(&id, NULL, thread, &seeds[i]);
    }
    burst(MAIN_BLOCKS, 100, 1300, 100, 4);
    void *volatile large = touched((size_t)4 << 20);
    (void)large;
    pthread_barrier_wait(&done);
    write(STDOUT_FILENO, "ready\n", 6);
    for (int signal; sigwait(&trim, &signal) == 0;) {
        malloc_trim(0);
        write(STDOUT_FILENO, "trimmed\n", 8);
    }
}
