/*
 * life.c - the allocator serves before main and after it: constructors, atexit and on_exit
 * handlers, destructors; and libraries that come and go with dlopen and dlclose.
 */
#include "api.h"

#include <dlfcn.h>
#include <sys/auxv.h>

enum { EARLY = 5000, ALL_WELL = 42 };

static char *early;
static pid_t examined;
static bool handlers_hold = true;

__attribute__((constructor(101))) static void take_early(void)
{
    early = malloc(EARLY);
    if (early != NULL)
        pattern_fill(early, EARLY, 11);
    free(realloc(calloc(1, 100), 300000));
}

static void free_at_exit(void)
{
    handlers_hold &= pattern_holds(early, EARLY, EARLY, 11);
    free(early);
    early = malloc(200000);
    handlers_hold &= early != NULL;
}

static void free_on_exit(int status, void *block)
{
    handlers_hold &= pattern_holds(block, 300, 300, 12) && status == 3;
    free(block);
}

/* Runs after all handlers; only the examined child reports by its status. */
__attribute__((destructor(101))) static void free_late(void)
{
    free(early);
    void *block = calloc(1, 70000);
    handlers_hold &= block != NULL && all_bytes_are(block, 70000, 0);
    free(block);
    if (getpid() == examined)
        _exit(handlers_hold && heap_is_sound() ? ALL_WELL : 1);
}

static bool handlers_allocate_and_free(void)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        examined = getpid();
        void *block = malloc(300);
        pattern_fill(block, 300, 12);
        if (atexit(free_at_exit) != 0 || on_exit(free_on_exit, block) != 0)
            _exit(2);
        exit(3);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == ALL_WELL;
}

/* Each handle is opened and closed again; its relocation and its TLS allocate. */
static bool libraries_come_and_go(void)
{
    static const char *const names[] = {"libm.so.6", "libresolv.so.2", "libanl.so.1",
                                        "libthread_db.so.1", "libmvec.so.1"};
    size_t opened = 0;
    for (int round = 0; round < 50; round++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            void *handle = dlopen(names[i], round % 2 ? RTLD_NOW : RTLD_LAZY);
            void *block = malloc(1000 * i);
            opened += handle != NULL;
            if (handle != NULL && dlclose(handle) != 0)
                return false;
            free(block);
        }
    note("%zu libraries opened and closed", opened);
    return opened >= 50;
}

/* dlerror's text is allocated, kept for the thread, and freed later. */
static bool failed_opens_leave_their_text(void)
{
    bool holds = true;
    for (int round = 0; round < 100; round++) {
        holds &= dlopen("libno-such-library.so.99", RTLD_NOW) == NULL;
        const char *reason = dlerror();
        holds &= reason != NULL && strstr(reason, "libno-such-library") != NULL;
    }
    return holds;
}

int main(void)
{
    ok(pattern_holds(early, EARLY, EARLY, 11), "a_constructor_allocates_before_main");
    ok(handlers_allocate_and_free(), "handlers_and_destructors_allocate_and_free_at_exit");
    if (getauxval(AT_BASE) == 0) {
        skip("dlopen: this program is static");
    } else {
        ok(libraries_come_and_go(), "libraries_come_and_go");
        ok(failed_opens_leave_their_text(), "failed_opens_leave_their_text");
    }
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
