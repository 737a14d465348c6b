/*
 * cxx.c - operator new and delete: the basic forms, in C.
 *
 * The library links no C++ run time: what it needs of it is looked up weakly, and once more when it
 * is needed, because a C program may open a C++ library late.  In libashlar.a these files are a
 * member of their own, which only C++ programs pull in, and the references are strong, so that they
 * pull in what they name.
 *
 * When memory runs out, operator new calls the new handler and tries again, as often as there is a
 * handler; without one it throws std::bad_alloc, which unwinds through here (-fexceptions).
 */
#include "cxx_names.h"
#include "gnu.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#if ASHLAR_STATIC
#define RUN_TIME
#else
#define RUN_TIME WEAK
#endif

typedef void new_handler(void);

/* std::get_new_handler() and std::__throw_bad_alloc(). */
extern RUN_TIME new_handler *_ZSt15get_new_handlerv(void);
extern RUN_TIME void _ZSt17__throw_bad_allocv(void);

/* NULL in a program that had no C++ run time when it was loaded. */
static new_handler *(*const get_new_handler)(void) = _ZSt15get_new_handlerv;
static void (*const std_throw_bad_alloc)(void) = _ZSt17__throw_bad_allocv;

bool cxx_was_loaded_with(void)
{
    return as_computed((size_t)std_throw_bad_alloc) != 0;
}

/*
 * A C program may open a C++ library later on.  Only then, and only when memory has run out, its
 * run time is looked for among what is loaded.
 */
static void *look_up_late(const char *name)
{
    if (ASHLAR_STATIC)
        return NULL;
    void *run_time = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (!run_time)
        run_time = dlopen("libc++.so.1", RTLD_LAZY | RTLD_NOLOAD);
    return run_time ? dlsym(run_time, name) : NULL;
}

static new_handler *current_handler(void)
{
    new_handler *(*get)(void) = get_new_handler;
    if (!get)
        *(void **)&get = look_up_late("_ZSt15get_new_handlerv");
    return get ? get() : NULL;
}

static _Noreturn void throw_bad_alloc(void)
{
    static const char text[] =
        "ashlar: operator new: out of memory, and no C++ run time to throw\n";
    void (*throw_it)(void) = std_throw_bad_alloc;
    if (!throw_it)
        *(void **)&throw_it = look_up_late("_ZSt17__throw_bad_allocv");
    if (throw_it)
        throw_it();
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    abort();
}

/* alignment is 0 for the plain form. */
void *cxx_take(size_t n, size_t alignment)
{
    return alignment ? memalign(alignment, n) : malloc(n);
}

/* Until there is memory; throws when there is no handler left, if not a handler does. */
static NOINLINE void *take_with_handler(size_t n, size_t alignment)
{
    for (;;) {
        new_handler *handler = current_handler();
        if (!handler)
            throw_bad_alloc();
        handler();
        void *user = cxx_take(n, alignment);
        if (user)
            return user;
    }
}

void *new_one(size_t n)
{
    void *user = malloc(n);
    return likely(user) ? user : take_with_handler(n, 0);
}

void *new_one_aligned(size_t n, size_t alignment)
{
    void *user = cxx_take(n, alignment);
    return likely(user) ? user : take_with_handler(n, alignment);
}

void delete_one(void *user)
{
    free(user);
}

void delete_one_aligned(void *user, size_t alignment)
{
    (void)alignment;
    free(user);
}
