/*
 * cxx_new.cc - the twenty forms of operator new and delete do what [new.delete] says: each
 * takes and gives back memory, aligns it, and fails by std::bad_alloc or by a null pointer.
 */
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "tap.h"

#include <malloc.h>

extern "C" const char *ashlar_version() __attribute__((weak));

/* clang declares the sized forms only when asked to; the library has them all the same. */
void operator delete(void *p, std::size_t n) noexcept;
void operator delete[](void *p, std::size_t n) noexcept;
void operator delete(void *p, std::size_t n, std::align_val_t alignment) noexcept;
void operator delete[](void *p, std::size_t n, std::align_val_t alignment) noexcept;

static std::size_t opaque(std::size_t n)
{
    volatile std::size_t hidden = n;
    return hidden;
}

/* The eight ways to take; the aligned ones get the alignment, the others ignore it. */
typedef void *(*taker)(std::size_t n, std::align_val_t alignment);

static const taker takers[] = {
    [](std::size_t n, std::align_val_t) { return ::operator new(n); },
    [](std::size_t n, std::align_val_t) { return ::operator new[](n); },
    [](std::size_t n, std::align_val_t) { return ::operator new(n, std::nothrow); },
    [](std::size_t n, std::align_val_t) { return ::operator new[](n, std::nothrow); },
    [](std::size_t n, std::align_val_t a) { return ::operator new(n, a); },
    [](std::size_t n, std::align_val_t a) { return ::operator new[](n, a); },
    [](std::size_t n, std::align_val_t a) { return ::operator new(n, a, std::nothrow); },
    [](std::size_t n, std::align_val_t a) { return ::operator new[](n, a, std::nothrow); },
};

/* The twelve ways to give back, in pairs of single and array. */
typedef void (*giver)(void *p, std::size_t n, std::align_val_t alignment);

static const giver givers[] = {
    [](void *p, std::size_t, std::align_val_t) { ::operator delete(p); },
    [](void *p, std::size_t, std::align_val_t) { ::operator delete[](p); },
    [](void *p, std::size_t n, std::align_val_t) { ::operator delete(p, n); },
    [](void *p, std::size_t n, std::align_val_t) { ::operator delete[](p, n); },
    [](void *p, std::size_t, std::align_val_t) { ::operator delete(p, std::nothrow); },
    [](void *p, std::size_t, std::align_val_t) { ::operator delete[](p, std::nothrow); },
    [](void *p, std::size_t, std::align_val_t a) { ::operator delete(p, a); },
    [](void *p, std::size_t, std::align_val_t a) { ::operator delete[](p, a); },
    [](void *p, std::size_t n, std::align_val_t a) { ::operator delete(p, n, a); },
    [](void *p, std::size_t n, std::align_val_t a) { ::operator delete[](p, n, a); },
    [](void *p, std::size_t, std::align_val_t a) { ::operator delete(p, a, std::nothrow); },
    [](void *p, std::size_t, std::align_val_t a) { ::operator delete[](p, a, std::nothrow); },
};

static bool is_aligned_form(std::size_t index)
{
    return index >= 4;
}

static bool throws_on_failure(std::size_t index)
{
    return index % 4 < 2;
}

static bool serves(std::size_t index, std::size_t n, std::size_t alignment)
{
    void *p = takers[index](n, std::align_val_t(alignment));
    std::size_t least = is_aligned_form(index) ? alignment : 16;
    if (p == nullptr || reinterpret_cast<std::uintptr_t>(p) % least != 0)
        return false;
    std::memset(p, 0x37, n);
    std::size_t pair = index % 2;
    std::size_t choice = (n / 8 + pair) % 3 * 2 + pair;
    givers[is_aligned_form(index) ? 6 + choice : choice](p, n, std::align_val_t(alignment));
    return true;
}

static bool form_serves(std::size_t index)
{
    for (std::size_t n = 0; n < 400000; n = n * 5 / 4 + 1)
        for (std::size_t alignment = 16; alignment <= 65536; alignment *= 4)
            if (!serves(index, n, alignment))
                return false;
    return true;
}

/* Each way of giving back returns the memory: a leak would be 100 MB. */
static bool form_gives_back(std::size_t index)
{
    std::size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 2000; i++) {
        std::size_t pair = index % 2;
        std::align_val_t alignment{64};
        void *p = takers[index >= 6 ? 4 + pair : pair](50000, alignment);
        givers[index](p, 50000, alignment);
    }
    givers[index](nullptr, opaque(100), std::align_val_t(64));
    return mallinfo2().uordblks <= before + 200000;
}

static bool form_fails_properly(std::size_t index, std::size_t n)
{
    void *p = nullptr;
    try {
        p = takers[index](opaque(n), std::align_val_t(64));
    } catch (const std::bad_alloc &) {
        return throws_on_failure(index);
    }
    return p == nullptr && !throws_on_failure(index);
}

/* libstdc++ 12 rounds a size up to its alignment and lets it wrap: those are ashlar's alone. */
static bool form_refuses_absurd_sizes(std::size_t index)
{
    static const std::size_t absurd[] = {SIZE_MAX - 4096, SIZE_MAX / 2 + 1, SIZE_MAX / 2};
    static const std::size_t wrapping[] = {SIZE_MAX, SIZE_MAX - 8, SIZE_MAX - 62};
    for (std::size_t n : absurd)
        if (!form_fails_properly(index, n))
            return false;
    if (is_aligned_form(index) && ashlar_version == nullptr)
        return true;
    for (std::size_t n : wrapping)
        if (!form_fails_properly(index, n))
            return false;
    return true;
}

static bool array_expression_throws()
{
    try {
        char *p = new char[opaque(SIZE_MAX / 2)];
        delete[] p;
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static bool zero_sizes_are_unique()
{
    void *first = ::operator new(opaque(0)), *second = ::operator new[](opaque(0));
    bool holds = first != nullptr && second != nullptr && first != second;
    ::operator delete(first);
    ::operator delete[](second);
    return holds;
}

int main()
{
    for (std::size_t i = 0; i < 8; i++)
        ok(form_serves(i), "new_form_%zu_serves_and_aligns", i);
    for (std::size_t i = 0; i < 8; i++)
        ok(form_refuses_absurd_sizes(i), "new_form_%zu_refuses_absurd_sizes_properly", i);
    for (std::size_t i = 0; i < 12; i++)
        ok(form_gives_back(i), "delete_form_%zu_gives_back", i);
    ok(array_expression_throws(), "new_char_SIZE_MAX_half_throws");
    ok(zero_sizes_are_unique(), "operator_new_of_zero_is_unique");
    return done();
}
