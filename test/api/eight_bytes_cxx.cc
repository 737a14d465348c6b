/*
 * eight_bytes_cxx.cc - new and delete of 1 to 8 bytes, after slots of 8 bytes have been earned: any
 * object of that size fits ([basic.stc.dynamic.allocation]), and an alignment that is asked for is
 * kept.
 */
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "tap.h"

enum { COUNT = 4000 };

static char *blocks[COUNT];

static bool is_aligned(const void *p, std::size_t alignment)
{
    return reinterpret_cast<std::uintptr_t>(p) % alignment == 0;
}

static bool is_filled(const char *block, std::size_t n, char with)
{
    for (std::size_t i = 0; i < n; i++)
        if (block[i] != with)
            return false;
    return true;
}

static std::size_t size_of(std::size_t i)
{
    return 1 + i % 8;
}

static void earn()
{
    std::vector<double *> many;
    for (int i = 0; i < 10000; i++)
        many.push_back(new double(i));
    for (double *d : many)
        delete d;
}

static bool objects_are_whole()
{
    bool holds = true;
    for (std::size_t i = 0; i < COUNT; i++) {
        blocks[i] = static_cast<char *>(i % 2 ? ::operator new(size_of(i))
                                              : ::operator new[](size_of(i), std::nothrow));
        holds &= is_aligned(blocks[i], 8);
        std::memset(blocks[i], static_cast<char>(i), size_of(i));
    }
    for (std::size_t i = 0; i < COUNT; i++) {
        holds &= is_filled(blocks[i], size_of(i), static_cast<char>(i));
        if (i % 2)
            ::operator delete(blocks[i], size_of(i));
        else
            ::operator delete[](blocks[i]);
    }
    return holds;
}

static bool alignment_is_kept()
{
    bool holds = true;
    for (std::size_t alignment = 1; alignment <= 256; alignment *= 2) {
        std::align_val_t a{alignment};
        for (std::size_t i = 0; i < 500; i++) {
            blocks[i] = static_cast<char *>(::operator new(size_of(i), a));
            holds &= is_aligned(blocks[i], alignment) && is_aligned(blocks[i], 8);
            std::memset(blocks[i], static_cast<char>(i), size_of(i));
        }
        for (std::size_t i = 0; i < 500; i++) {
            holds &= is_filled(blocks[i], size_of(i), static_cast<char>(i));
            ::operator delete(blocks[i], size_of(i), a);
        }
    }
    return holds;
}

/* The compiler may use instructions that need it. */
static bool what_needs_16_has_16()
{
    bool holds = true;
    for (int i = 0; i < 1000; i++) {
        long double *wide = new long double(i);
        std::max_align_t *most = new std::max_align_t();
        holds &= is_aligned(wide, 16) && is_aligned(most, alignof(std::max_align_t)) && *wide == i;
        delete wide;
        delete most;
    }
    return holds;
}

int main()
{
    earn();
    ok(objects_are_whole(), "new_of_1_to_8_bytes_gives_each_its_own");
    ok(alignment_is_kept(), "an_alignment_that_is_asked_for_is_kept");
    ok(what_needs_16_has_16(), "what_is_larger_is_aligned_to_16 (C5)");
    return done();
}
