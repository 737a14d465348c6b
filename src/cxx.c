/*
 * cxx.c - operator new and delete in all twenty forms, in C, by their mangled names.
 *
 * The library links no C++ run time: what it needs of it is there whenever a C++ program is, and is
 * looked up weakly.  In libashlar.a this file is a member of its own, which only C++ programs pull
 * in, and the references are strong, so that they pull in what they name.
 *
 * When memory runs out, operator new calls the new handler and tries again, as often as there is a
 * handler; without one it throws std::bad_alloc, which unwinds through here (-fexceptions).
 */
#include "base.h"

#include "cxx_try.h"

#include <malloc.h>
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

/* NULL in a program without them. */
static new_handler *(*const get_new_handler)(void) = _ZSt15get_new_handlerv;
static void (*const std_throw_bad_alloc)(void) = _ZSt17__throw_bad_allocv;

static new_handler *current_handler(void)
{
    return get_new_handler ? get_new_handler() : NULL;
}

static _Noreturn void throw_bad_alloc(void)
{
    static const char text[] =
        "ashlar: operator new: out of memory, and no C++ run time to throw\n";
    if (std_throw_bad_alloc)
        std_throw_bad_alloc();
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    abort();
}

/* alignment is 0 for the plain forms. */
static void *take(size_t n, size_t alignment)
{
    return alignment ? memalign(alignment, n) : malloc(n);
}

/* Until there is memory or no handler; NULL then.  A handler may throw. */
static NOINLINE void *take_with_handler(size_t n, size_t alignment)
{
    new_handler *handler;
    void *user = NULL;
    while (!user && (handler = current_handler())) {
        handler();
        user = take(n, alignment);
    }
    return user;
}

static inline void *take_or_throw(size_t n, size_t alignment)
{
    void *user = take(n, alignment);
    if (unlikely(!user))
        user = take_with_handler(n, alignment);
    if (unlikely(!user))
        throw_bad_alloc();
    return user;
}

static inline void *take_or_null(size_t n, size_t alignment)
{
    void *user = take(n, alignment);
    return likely(user) ? user : cxx_try(take_with_handler, n, alignment);
}

/* size_t is mangled as m where it is unsigned long, and as j where it is unsigned int. */
#if __SIZEOF_SIZE_T__ == 8
#define SIZE "m"
#else
#define SIZE "j"
#endif

/* Function NAME of C, known to the linker by a C++ name. */
#define MANGLED(name) __asm__(name) __attribute__((visibility("default")))

void *new_one(size_t n) MANGLED("_Znw" SIZE);
void *new_array(size_t n) MANGLED("_Zna" SIZE);
void *new_one_nothrow(size_t n, const void *nothrow) MANGLED("_Znw" SIZE "RKSt9nothrow_t");
void *new_array_nothrow(size_t n, const void *nothrow) MANGLED("_Zna" SIZE "RKSt9nothrow_t");
void *new_one_aligned(size_t n, size_t alignment) MANGLED("_Znw" SIZE "St11align_val_t");
void *new_array_aligned(size_t n, size_t alignment) MANGLED("_Zna" SIZE "St11align_val_t");
void *new_one_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
    MANGLED("_Znw" SIZE "St11align_val_tRKSt9nothrow_t");
void *new_array_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
    MANGLED("_Zna" SIZE "St11align_val_tRKSt9nothrow_t");

void *new_one(size_t n)
{
    return take_or_throw(n, 0);
}

void *new_array(size_t n)
{
    return take_or_throw(n, 0);
}

void *new_one_nothrow(size_t n, const void *nothrow)
{
    (void)nothrow;
    return take_or_null(n, 0);
}

void *new_array_nothrow(size_t n, const void *nothrow)
{
    (void)nothrow;
    return take_or_null(n, 0);
}

void *new_one_aligned(size_t n, size_t alignment)
{
    return take_or_throw(n, alignment);
}

void *new_array_aligned(size_t n, size_t alignment)
{
    return take_or_throw(n, alignment);
}

void *new_one_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
{
    (void)nothrow;
    return take_or_null(n, alignment);
}

void *new_array_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
{
    (void)nothrow;
    return take_or_null(n, alignment);
}

/* The twelve forms of delete differ in what the caller happens to know, which we do not need. */
void delete_one(void *user) MANGLED("_ZdlPv");

void delete_one(void *user)
{
    free(user);
}

#define SAME_AS_DELETE(name, mangled)                                                              \
    void name(void *user) MANGLED(mangled) __attribute__((alias("_ZdlPv")))

SAME_AS_DELETE(delete_array, "_ZdaPv");
SAME_AS_DELETE(delete_one_sized, "_ZdlPv" SIZE);
SAME_AS_DELETE(delete_array_sized, "_ZdaPv" SIZE);
SAME_AS_DELETE(delete_one_nothrow, "_ZdlPvRKSt9nothrow_t");
SAME_AS_DELETE(delete_array_nothrow, "_ZdaPvRKSt9nothrow_t");
SAME_AS_DELETE(delete_one_aligned, "_ZdlPvSt11align_val_t");
SAME_AS_DELETE(delete_array_aligned, "_ZdaPvSt11align_val_t");
SAME_AS_DELETE(delete_one_sized_aligned, "_ZdlPv" SIZE "St11align_val_t");
SAME_AS_DELETE(delete_array_sized_aligned, "_ZdaPv" SIZE "St11align_val_t");
SAME_AS_DELETE(delete_one_aligned_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t");
SAME_AS_DELETE(delete_array_aligned_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t");
