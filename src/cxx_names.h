/*
 * cxx_names.h - operator new and delete by the names the linker knows them by.
 *
 * The four basic forms are in cxx.c.  A program may replace any of them, and the standard says that
 * the other sixteen then call the replacement: those are in cxx_forward.c, which sees only these
 * declarations, so that every call is resolved by the linker.
 */
#ifndef ASHLAR_CXX_NAMES_H
#define ASHLAR_CXX_NAMES_H

#include "base.h"

/* size_t is mangled as m where it is unsigned long, and as j where it is unsigned int. */
#if __SIZEOF_SIZE_T__ == 8
#define SIZE_LETTER "m"
#else
#define SIZE_LETTER "j"
#endif

/*
 * A function of C that the linker knows by a C++ name.  In a static program the C++ library has
 * all of them too, and what the program itself defines goes before both: ours are weak there.
 */
#if ASHLAR_STATIC
#define OPERATOR(name) __asm__(name) __attribute__((visibility("default"), weak))
#else
#define OPERATOR(name) __asm__(name) __attribute__((visibility("default")))
#endif

/* Whether the program was loaded with a C++ run time: else nothing thrown can be caught here. */
bool cxx_was_loaded_with(void);

/* Memory, or NULL; alignment is 0 for the plain forms. */
void *cxx_take(size_t n, size_t alignment);

void *new_one(size_t n) OPERATOR("_Znw" SIZE_LETTER);
void *new_one_aligned(size_t n, size_t alignment) OPERATOR("_Znw" SIZE_LETTER "St11align_val_t");
void delete_one(void *user) OPERATOR("_ZdlPv");
void delete_one_aligned(void *user, size_t alignment) OPERATOR("_ZdlPvSt11align_val_t");

#endif
