/* One crime against libashlar-secure.so, or none; run_secured judges it. */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile char *block(size_t n)
{
    return malloc(n);
}

static size_t size;

static void overflow(void)
{
    volatile char *p = block(size);
    p[size] = 0; /* a string's end, one too far */
    free((char *)p);
}

static void underflow(void)
{
    enum { SOME = 64 };
    volatile char *p[SOME];
    for (int i = 0; i < SOME; i++)
        p[i] = block(size);
    /* Below the first slot of all nobody may write, which has a test of its own. */
    for (int i = 0; i < SOME; i++)
        if ((uintptr_t)p[i] % 32768 != 0)
            p[i][-1] ^= 0x55;
    for (int i = 0; i < SOME; i++)
        free((char *)p[i]);
}

static void underflow_mapped(void)
{
    block(size)[-1] = 1;
}

static void double_free(void)
{
    volatile char *p = block(size);
    free((char *)p);
    free((char *)p);
}

static void double_free_apart(void)
{
    volatile char *p = block(size), *q = block(size);
    free((char *)p);
    free((char *)q);
    free((char *)p);
}

static void *free_it(void *p)
{
    free(p);
    return NULL;
}

static void double_free_thread(void)
{
    pthread_t thread;
    volatile char *p = block(size);
    pthread_create(&thread, NULL, free_it, (char *)p);
    pthread_join(thread, NULL);
    free((char *)p);
}

static void interior_free(void)
{
    volatile char *p = block(size);
    free((char *)p + 16);
}

static void stack_free(void)
{
    char here[64] __attribute__((aligned(16)));
    memset(here, 0x21, sizeof here);
    free(here + 16);
}

static void write_after_free(void)
{
    volatile char *p = block(size);
    free((char *)p);
    p[0] = 1;
    for (int i = 0; i < 2000; i++)
        free((char *)block(size));
}

static void write_after_free_exit(void)
{
    volatile char *p = block(size);
    free((char *)p);
    p[0] = 1;
}

static void realloc_overflown(void)
{
    volatile char *p = block(size);
    p[size] ^= 1;
    p = realloc((char *)p, 2 * size);
    if (!p)
        exit(1);
}

/* No crime: what is freed is not what is given next, and slots come in no order. */
static void chance(void)
{
    enum { MANY = 60 };
    int back = 0, rising = 0;
    volatile char *freed = block(size), *last = freed;
    free((char *)freed);
    for (int i = 0; i < MANY; i++) {
        volatile char *p = block(size);
        back += p == freed;
        rising += p > last;
        last = p;
        free((char *)block(size));
    }
    puts(back == 0 && rising > MANY / 5 && rising < MANY * 4 / 5 ? "chance" : "order");
}

/* No crime: what malloc_usable_size tells may be written, contents stay, and calloc is zero. */
static void honest(void)
{
    for (size_t n = 0; n < 400000; n += 1 + n / 7) {
        unsigned char *p = calloc(1, n), *q;
        for (size_t i = 0; i < n; i++)
            if (p[i] != 0)
                exit(2);
        memset(p, 0x5a, malloc_usable_size(p));
        q = memalign(4096, n);
        if (!q || (uintptr_t)q % 4096 != 0)
            exit(3);
        memset(q, 0x33, n);
        p = realloc(p, 2 * n + 1);
        for (size_t i = 0; i < n; i++)
            if (p[i] != 0x5a)
                exit(4);
        p = realloc(p, n / 3 + 1);
        for (size_t i = 0; i < n / 3; i++)
            if (p[i] != 0x5a)
                exit(5);
        free(q);
        free(p);
    }
    puts("honest");
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } table[] = {
        {"overflow", overflow},
        {"underflow", underflow},
        {"underflow_mapped", underflow_mapped},
        {"double_free", double_free},
        {"double_free_apart", double_free_apart},
        {"double_free_thread", double_free_thread},
        {"interior_free", interior_free},
        {"stack_free", stack_free},
        {"write_after_free", write_after_free},
        {"write_after_free_exit", write_after_free_exit},
        {"realloc_overflown", realloc_overflown},
        {"chance", chance},
        {"honest", honest},
    };
    size = count == 3 ? strtoul(words[2], NULL, 10) : 24;
    for (size_t i = 0; count == 3 && i < sizeof table / sizeof *table; i++)
        if (strcmp(words[1], table[i].name) == 0)
            table[i].run();
    return 0;
}
