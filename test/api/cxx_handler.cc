/*
 * cxx_handler.cc - when memory runs out, operator new calls the new handler again and again
 * until memory is there or the handler throws ([new.delete.single]); exceptions pass through
 * the allocator's frames and unwind the callers.
 */
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "tap.h"

#include <sys/resource.h>
#include <sys/wait.h>

static int calls;

struct gave_up : std::bad_alloc {
};

static std::size_t absurd()
{
    volatile std::size_t n = SIZE_MAX / 2 + 1;
    return n;
}

static void give_up_at_third_call()
{
    if (++calls == 3)
        throw gave_up();
}

static void withdraw_at_fifth_call()
{
    if (++calls == 5)
        std::set_new_handler(nullptr);
}

template <typename Exception, typename Work> static bool throws(Work work)
{
    calls = 0;
    try {
        work();
    } catch (const Exception &) {
        return true;
    }
    return false;
}

static bool handler_is_called_until_it_throws()
{
    std::set_new_handler(give_up_at_third_call);
    bool holds = throws<gave_up>([] { ::operator delete(::operator new(absurd())); });
    holds &= calls == 3;
    holds &= throws<gave_up>([] { ::operator delete[](::operator new[](absurd())); });
    holds &= calls == 3;
    std::align_val_t a{128};
    holds &= throws<gave_up>([a] { ::operator delete(::operator new(absurd(), a), a); });
    holds &= calls == 3;
    holds &= throws<gave_up>([a] { ::operator delete[](::operator new[](absurd(), a), a); });
    holds &= calls == 3;
    std::set_new_handler(nullptr);
    return holds;
}

static bool withdrawn_handler_ends_in_bad_alloc()
{
    std::set_new_handler(withdraw_at_fifth_call);
    bool holds = throws<std::bad_alloc>([] { ::operator delete(::operator new(absurd())); });
    return holds && calls == 5 && std::get_new_handler() == nullptr;
}

/* The nothrow forms call it too, and turn its exception into a null pointer. */
static bool nothrow_forms_call_it_and_return_null()
{
    std::align_val_t a{128};
    std::set_new_handler(give_up_at_third_call);
    calls = 0;
    bool holds = ::operator new(absurd(), std::nothrow) == nullptr &&calls == 3;
    calls = 0;
    holds &= ::operator new[](absurd(), std::nothrow) == nullptr &&calls == 3;
    calls = 0;
    holds &= ::operator new(absurd(), a, std::nothrow) == nullptr &&calls == 3;
    calls = 0;
    holds &= ::operator new[](absurd(), a, std::nothrow) == nullptr &&calls == 3;
    std::set_new_handler(nullptr);
    return holds;
}

static void set_address_space(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
}

static void raise_limit_at_third_call()
{
    if (++calls == 3)
        set_address_space(RLIM_INFINITY);
}

/* 512 MiB do not fit until the handler has made room; then the same call succeeds. */
static bool handler_makes_room()
{
    std::set_new_handler(raise_limit_at_third_call);
    set_address_space(rlim_t(256) << 20);
    calls = 0;
    volatile std::size_t n = std::size_t(512) << 20;
    char *block = new char[n];
    bool holds = block != nullptr && calls == 3;
    block[n - 1] = 1;
    delete[] block;
    return holds;
}

static bool holds_in_child(bool (*work)())
{
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(work() ? 0 : 1);
    }
    int status = -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int unwound;

struct guard {
    void *block = ::operator new(100);
    ~guard()
    {
        ::operator delete(block);
        unwound++;
    }
};

__attribute__((noinline)) static void fail_deep(int depth)
{
    guard g;
    if (depth == 0)
        ::operator delete(::operator new(absurd()));
    else
        fail_deep(depth - 1);
}

static bool callers_are_unwound()
{
    bool holds = throws<std::bad_alloc>([] { fail_deep(9); });
    return holds && unwound == 10;
}

/* A constructor that throws gives its memory back by the matching delete. */
struct refuses {
    alignas(256) char content[1000];
    refuses()
    {
        throw 7;
    }
};

static bool throwing_constructors_give_back()
{
    for (int i = 0; i < 1000; i++)
        if (!throws<int>([] { delete new refuses; }))
            return false;
    return true;
}

int main()
{
    ok(handler_is_called_until_it_throws(), "the_handler_is_called_until_it_throws");
    ok(withdrawn_handler_ends_in_bad_alloc(), "without_a_handler_it_is_bad_alloc");
    ok(nothrow_forms_call_it_and_return_null(), "nothrow_forms_call_it_and_return_null");
    ok(holds_in_child(handler_makes_room), "a_handler_that_makes_room_lets_new_succeed");
    ok(callers_are_unwound(), "bad_alloc_unwinds_the_callers");
    ok(throwing_constructors_give_back(), "throwing_constructors_give_back");
    return done();
}
