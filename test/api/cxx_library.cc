/*
 * cxx_library.cc - the standard library at work: containers, strings, shared and over-aligned
 * objects, thread_local destructors and exceptions across eight threads.
 */
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tap.h"

struct alignas(64) line {
    unsigned char content[64];
};

struct base {
    virtual ~base() = default;
    int number = 1;
};

struct derived : base {
    std::string text = std::string(100, 'x');
    std::vector<int> numbers = std::vector<int>(1000, 7);
};

static std::atomic<int> late_frees{0};

struct keeper {
    std::vector<std::string> held;
    ~keeper()
    {
        held.clear();
        std::string(5000, 'z').swap(held.emplace_back());
        late_frees++;
    }
};

static thread_local keeper kept;

static bool containers_hold()
{
    std::map<int, std::string> names;
    for (int i = 0; i < 5000; i++)
        names[i * 7 % 5000] = std::string(static_cast<std::size_t>(i % 300), 'a');
    for (int i = 0; i < 5000; i += 2)
        names.erase(i);
    std::size_t length = 0;
    for (const auto &entry : names)
        length += entry.second.size();
    return names.size() == 2500 && length > 0;
}

static bool aligned_objects_stand()
{
    for (int i = 0; i < 500; i++) {
        auto one = std::make_unique<line>();
        std::vector<line> many(static_cast<std::size_t>(i % 50 + 1));
        if (reinterpret_cast<std::uintptr_t>(one.get()) % 64 != 0)
            return false;
        if (reinterpret_cast<std::uintptr_t>(many.data()) % 64 != 0)
            return false;
    }
    return true;
}

static bool objects_die_by_their_base()
{
    std::vector<std::unique_ptr<base>> objects;
    for (int i = 0; i < 300; i++)
        objects.emplace_back(new derived);
    return objects.back()->number == 1;
}

static bool exceptions_carry_text()
{
    std::size_t caught = 0;
    for (int i = 0; i < 500; i++)
        try {
            std::string().at(static_cast<std::size_t>(i));
        } catch (const std::out_of_range &e) {
            caught += std::string(e.what()).size() > 10;
        }
    return caught == 500;
}

static bool threads_share_objects()
{
    auto shared = std::make_shared<std::vector<int>>(1000, 3);
    std::atomic<int> whole{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([shared, &whole] {
            kept.held.assign(20, std::string(300, 'k'));
            whole += containers_hold() && exceptions_carry_text() && shared->at(999) == 3;
        });
    for (auto &thread : threads)
        thread.join();
    return whole == 8 && late_frees == 8 && shared.use_count() == 1;
}

int main()
{
    ok(containers_hold(), "containers_hold");
    ok(aligned_objects_stand(), "aligned_objects_stand_at_their_alignment");
    ok(objects_die_by_their_base(), "objects_die_by_their_base");
    ok(exceptions_carry_text(), "exceptions_carry_text");
    ok(threads_share_objects(), "threads_share_objects_and_free_at_exit");
    return done();
}
