/*
 * A user's C++ program: containers in threads, exceptions that cross new, aligned new, and what
 * happens when there is no memory.  As user.c it fails when anybody but ashlar serves it.
 */
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

extern "C" const char *ashlar_version(void) __attribute__((weak));
extern "C" int ashlar_check(void) __attribute__((weak));

struct alignas(64) line {
    char bytes[64];
};

static bool containers_hold(unsigned seed)
{
    std::map<std::string, std::vector<unsigned>> words;
    for (unsigned i = 0; i < 3000; i++)
        words["a word of some length " + std::to_string((i * seed) % 501)].push_back(i);
    std::size_t count = 0, sum = 0;
    for (const auto &word : words) {
        count += word.second.size();
        sum = std::accumulate(word.second.begin(), word.second.end(), sum);
    }
    return count == 3000 && sum == 3000 * 2999 / 2;
}

static bool aligned_new_aligns()
{
    auto one = std::make_unique<line>();
    std::vector<line> many(100);
    return reinterpret_cast<std::uintptr_t>(one.get()) % 64 == 0 &&
           reinterpret_cast<std::uintptr_t>(many.data()) % 64 == 0;
}

/* The size is not known before, or the compiler would warn of it. */
static volatile std::size_t too_much = PTRDIFF_MAX;
/* Or it would leave out a block that nobody uses. */
static char *volatile escaped;

static bool new_throws()
{
    try {
        escaped = new char[too_much];
    } catch (const std::bad_alloc &) {
        escaped = new (std::nothrow) char[too_much];
        return escaped == nullptr;
    }
    return false;
}

int main()
{
    bool held[3] = {false, false, false};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 3; i++)
        threads.emplace_back([i, &held] { held[i] = containers_hold(2 * i + 7); });
    for (auto &thread : threads)
        thread.join();
    bool all = held[0] && held[1] && held[2], aligned = aligned_new_aligns(), thrown = new_throws();
    if (!ashlar_version || !ashlar_check) {
        std::printf("not served by ashlar\n");
        return 2;
    }
    std::printf("containers %d, aligned %d, thrown %d, broken laws %d\n", all, aligned, thrown,
                ashlar_check());
    return !(all && aligned && thrown && ashlar_check() == 0);
}
