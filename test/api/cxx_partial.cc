/*
 * cxx_partial.cc - a program that replaces only the two basic operators: the standard has all other
 * forms call them ([new.delete]), so that every block goes through the program's own pair.
 */
#include "tap.h"

#include <algorithm>
#include <new>
#include <vector>

// The sized form is left to the library on purpose: that is what is tested.
#pragma GCC diagnostic ignored "-Wsized-deallocation"

static long live, taken;

void *operator new(std::size_t n)
{
    char *block = static_cast<char *>(malloc(n + 64));
    if (!block)
        throw std::bad_alloc();
    live++;
    taken++;
    return block + 64;
}

void operator delete(void *block) noexcept
{
    if (!block)
        return;
    live--;
    free(static_cast<char *>(block) - 64);
}

static void use_every_form()
{
    delete new int(1);
    delete[] new int[10];
    ::operator delete (::operator new(100), std::size_t{100});
    ::operator delete[](::operator new[](100), std::size_t{100});
    ::operator delete(::operator new(100, std::nothrow), std::nothrow);
    ::operator delete[](::operator new[](100, std::nothrow), std::nothrow);
}

static void sort_with_a_buffer()
{
    std::vector<int> numbers;
    for (int i = 0; i < 10000; i++)
        numbers.push_back(i * 7919 % 10007);
    std::stable_sort(numbers.begin(), numbers.end());
}

int main()
{
    use_every_form();
    ok(taken == 6, "all_plain_forms_call_the_replaced_new (%ld of 6)", taken);
    ok(live == 0, "and_the_replaced_delete (%ld left)", live);
    sort_with_a_buffer();
    ok(live == 0, "so_do_the_library's_own_buffers (%ld left)", live);
    return done();
}
