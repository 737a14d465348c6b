/*
 * cxx_try.cc - a new handler may throw, and operator new(nothrow) must then return NULL.
 *
 * The only C++ of the library.  What the compiler calls here belongs to the C++ run time; it is
 * marked weak, so that C programs need none: they never come here.
 */
#include "cxx_try.h"

#if !ASHLAR_STATIC
__asm__(".weak __gxx_personality_v0\n"
        ".weak __cxa_begin_catch\n"
        ".weak __cxa_end_catch\n"
        ".weak _Unwind_Resume\n");
#endif

void *cxx_try(void *(*take)(size_t, size_t), size_t n, size_t alignment)
{
    try {
        return take(n, alignment);
    } catch (...) {
        return nullptr;
    }
}
