/* One wrong access, or none, to blocks that stand between guard pages; run_guarded judges it. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, N = 48 };

#define APART __attribute__((noinline))

static volatile char seen;

/* Named in the stacks that are told.  What follows the call keeps it from being a jump. */
APART char *take_it(size_t n)
{
    char *p = malloc(n);
    seen = 1;
    return p;
}

APART void drop_it(char *p)
{
    free(p);
    seen = 2;
}

APART void write_it(char *p)
{
    *p = 1;
    seen = 3;
}

APART void read_it(const char *p)
{
    seen = *p;
    seen = 4;
}

/* A block that ends, or begins, with a page: by turns they do. */
static char *at_end(size_t n)
{
    char *p;
    do
        p = take_it(n);
    while (((uintptr_t)p + n) % PAGE != 0);
    return p;
}

static char *at_start(size_t n)
{
    char *p;
    do
        p = take_it(n);
    while ((uintptr_t)p % PAGE != 0);
    return p;
}

static void overflow(void)
{
    write_it(at_end(N) + N);
}

static void overflow_read(void)
{
    read_it(at_end(N) + N + 8);
}

static void underflow(void)
{
    write_it(at_start(N) - 1);
}

static void use_after_free(void)
{
    char *p = take_it(N);
    drop_it(p);
    read_it(p + 8);
}

static void *use_it(void *p)
{
    write_it(p);
    return NULL;
}

static void use_after_free_thread(void)
{
    pthread_t thread;
    char *p = take_it(N);
    drop_it(p);
    pthread_create(&thread, NULL, use_it, p);
    pthread_join(thread, NULL);
}

static void use_after_realloc(void)
{
    char *p = take_it(N);
    char *q = realloc(p, 3 * N);
    if (q)
        write_it(p);
}

static void double_free(void)
{
    char *p = take_it(N);
    drop_it(p);
    drop_it(p);
}

static void interior_free(void)
{
    drop_it(take_it(N) + 16);
}

/* One byte behind 20, where 16-byte alignment leaves room before the guard page. */
static void hidden_overflow(void)
{
    char *p;
    do
        p = take_it(20);
    while (((uintptr_t)p + 32) % PAGE != 0);
    write_it(p + 20);
    drop_it(p);
}

static void hidden_underflow(void)
{
    char *p = at_end(N);
    write_it(p - 1);
    drop_it(p);
}

static void own_handler(int number)
{
    (void)number;
    static const char words[] = "own handler\n";
    ssize_t written = write(STDOUT_FILENO, words, sizeof words - 1);
    _exit(written > 0 ? 7 : 8);
}

static void handled(void)
{
    signal(SIGSEGV, own_handler);
    overflow();
}

static void fail(const char *what)
{
    puts(what);
    exit(1);
}

/* What a block holds must survive everything but its own end. */
static void *storm(void *seed)
{
    enum { BLOCKS = 400, ROUNDS = 4000 };
    static _Thread_local struct {
        unsigned char *p;
        size_t n;
    } blocks[BLOCKS];
    unsigned random = (unsigned)(uintptr_t)seed;
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 1103515245 + 12345;
        unsigned which = (random >> 8) % BLOCKS;
        size_t n = (random >> 12) % 9000;
        if (blocks[which].p)
            for (size_t at = 0; at < blocks[which].n; at++)
                if (blocks[which].p[at] != (unsigned char)which)
                    fail("contents have changed");
        if (random >> 30 == 0) {
            free(blocks[which].p);
            blocks[which].p = NULL;
            continue;
        }
        if (random >> 30 == 1 || !blocks[which].p) {
            free(blocks[which].p);
            blocks[which].p = random >> 29 & 1 ? memalign(64 << random % 7, n) : calloc(1, n);
        } else {
            blocks[which].p = realloc(blocks[which].p, n + 1);
        }
        blocks[which].n = n;
        if (!blocks[which].p || malloc_usable_size(blocks[which].p) < n)
            fail("no block, or one that is too small");
        memset(blocks[which].p, (int)which, n);
    }
    return NULL;
}

static void harmless(void)
{
    extern int ashlar_check(void) __attribute__((weak));
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, storm, (void *)(i + 1));
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        int status;
        if (child == 0) {
            free(take_it(N));
            storm((void *)(uintptr_t)99);
            _exit(ashlar_check && ashlar_check() != 0);
        }
        if (waitpid(child, &status, 0) != child || status != 0)
            fail("a child did not end well");
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    storm((void *)(uintptr_t)4);
    if (ashlar_check && ashlar_check() != 0)
        fail("laws are broken");
    puts("harmless");
}

static int by_address(const void *a, const void *b)
{
    const uintptr_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* How many of many blocks have a page of their own. */
static void rate(void)
{
    enum { MANY = 100000 };
    static uintptr_t at[MANY + 2];
    int alone = 0;
    at[0] = 0;
    at[MANY + 1] = UINTPTR_MAX;
    for (int i = 1; i <= MANY; i++)
        at[i] = (uintptr_t)take_it(N);
    qsort(at, MANY + 2, sizeof *at, by_address);
    for (int i = 1; i <= MANY; i++)
        alone += at[i - 1] / PAGE != at[i] / PAGE && at[i + 1] / PAGE != at[i] / PAGE;
    printf("%d\n", alone);
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } table[] = {
        {"overflow", overflow},
        {"overflow_read", overflow_read},
        {"underflow", underflow},
        {"use_after_free", use_after_free},
        {"use_after_free_thread", use_after_free_thread},
        {"use_after_realloc", use_after_realloc},
        {"double_free", double_free},
        {"interior_free", interior_free},
        {"hidden_overflow", hidden_overflow},
        {"hidden_underflow", hidden_underflow},
        {"handled", handled},
        {"harmless", harmless},
        {"rate", rate},
    };
    for (size_t i = 0; count == 2 && i < sizeof table / sizeof *table; i++)
        if (strcmp(words[1], table[i].name) == 0)
            table[i].run();
    return 0;
}
