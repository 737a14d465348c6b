/*
 * cxx_forward.c - the sixteen forms of operator new and delete that the standard defines by others.
 */
#include "cxx_names.h"
#include "cxx_try.h"

void *new_array(size_t n) OPERATOR("_Zna" SIZE_LETTER);
void *new_array_aligned(size_t n, size_t alignment) OPERATOR("_Zna" SIZE_LETTER "St11align_val_t");
void *new_one_nothrow(size_t n, const void *nothrow) OPERATOR("_Znw" SIZE_LETTER "RKSt9nothrow_t");
void *new_array_nothrow(size_t n, const void *nothrow)
    OPERATOR("_Zna" SIZE_LETTER "RKSt9nothrow_t");
void *new_one_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
    OPERATOR("_Znw" SIZE_LETTER "St11align_val_tRKSt9nothrow_t");
void *new_array_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
    OPERATOR("_Zna" SIZE_LETTER "St11align_val_tRKSt9nothrow_t");

void delete_array(void *user) OPERATOR("_ZdaPv");
void delete_one_sized(void *user, size_t n) OPERATOR("_ZdlPv" SIZE_LETTER);
void delete_array_sized(void *user, size_t n) OPERATOR("_ZdaPv" SIZE_LETTER);
void delete_one_nothrow(void *user, const void *nothrow) OPERATOR("_ZdlPvRKSt9nothrow_t");
void delete_array_nothrow(void *user, const void *nothrow) OPERATOR("_ZdaPvRKSt9nothrow_t");
void delete_array_aligned(void *user, size_t alignment) OPERATOR("_ZdaPvSt11align_val_t");
void delete_one_sized_aligned(void *user, size_t n, size_t alignment)
    OPERATOR("_ZdlPv" SIZE_LETTER "St11align_val_t");
void delete_array_sized_aligned(void *user, size_t n, size_t alignment)
    OPERATOR("_ZdaPv" SIZE_LETTER "St11align_val_t");
void delete_one_aligned_nothrow(void *user, size_t alignment, const void *nothrow)
    OPERATOR("_ZdlPvSt11align_val_tRKSt9nothrow_t");
void delete_array_aligned_nothrow(void *user, size_t alignment, const void *nothrow)
    OPERATOR("_ZdaPvSt11align_val_tRKSt9nothrow_t");

void *new_array(size_t n)
{
    return new_one(n);
}

void *new_array_aligned(size_t n, size_t alignment)
{
    return new_one_aligned(n, alignment);
}

/* The same without an alignment, for cxx_try. */
static void *one(size_t n, size_t unused)
{
    (void)unused;
    return new_one(n);
}

static void *array(size_t n, size_t unused)
{
    (void)unused;
    return new_array(n);
}

/* What new_form(n, alignment) returns, or NULL if it would throw. */
static void *try_new(void *(*new_form)(size_t, size_t), size_t n, size_t alignment)
{
    return cxx_was_loaded_with() ? cxx_try(new_form, n, alignment) : cxx_take(n, alignment);
}

void *new_one_nothrow(size_t n, const void *nothrow)
{
    (void)nothrow;
    return try_new(one, n, 0);
}

void *new_array_nothrow(size_t n, const void *nothrow)
{
    (void)nothrow;
    return try_new(array, n, 0);
}

void *new_one_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
{
    (void)nothrow;
    return try_new(new_one_aligned, n, alignment);
}

void *new_array_aligned_nothrow(size_t n, size_t alignment, const void *nothrow)
{
    (void)nothrow;
    return try_new(new_array_aligned, n, alignment);
}

void delete_array(void *user)
{
    delete_one(user);
}

void delete_one_sized(void *user, size_t n)
{
    (void)n;
    delete_one(user);
}

void delete_array_sized(void *user, size_t n)
{
    (void)n;
    delete_array(user);
}

void delete_one_nothrow(void *user, const void *nothrow)
{
    (void)nothrow;
    delete_one(user);
}

void delete_array_nothrow(void *user, const void *nothrow)
{
    (void)nothrow;
    delete_array(user);
}

void delete_array_aligned(void *user, size_t alignment)
{
    delete_one_aligned(user, alignment);
}

void delete_one_sized_aligned(void *user, size_t n, size_t alignment)
{
    (void)n;
    delete_one_aligned(user, alignment);
}

void delete_array_sized_aligned(void *user, size_t n, size_t alignment)
{
    (void)n;
    delete_array_aligned(user, alignment);
}

void delete_one_aligned_nothrow(void *user, size_t alignment, const void *nothrow)
{
    (void)nothrow;
    delete_one_aligned(user, alignment);
}

void delete_array_aligned_nothrow(void *user, size_t alignment, const void *nothrow)
{
    (void)nothrow;
    delete_array_aligned(user, alignment);
}
