/*
 * cxx_try.h - the one thing about C++ that C cannot say: catch.
 */
#ifndef ASHLAR_CXX_TRY_H
#define ASHLAR_CXX_TRY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What take(n, alignment) returns, or NULL if it throws: operator new(nothrow) may not. */
void *cxx_try(void *(*take)(size_t, size_t), size_t n, size_t alignment);

#ifdef __cplusplus
}
#endif

#endif
