// threads.cc - C++ on the allocator: containers across threads, aligned new, and new that fails.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <queue>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

struct alignas(256) wide {
    char bytes[700];
};

static std::uint64_t hash(const std::string &text)
{
    std::uint64_t h = 1469598103934665603u;
    for (unsigned char c : text)
        h = (h ^ c) * 1099511628211u;
    return h;
}

static std::uint64_t churn(unsigned seed)
{
    std::map<int, std::string> kept;
    std::list<std::vector<int>> lists;
    std::uint64_t sum = 0;
    for (unsigned step = 0; step < 15000; step++) {
        seed = seed * 1103515245u + 12345u;
        int slot = static_cast<int>((seed >> 8) % 301);
        sum = sum * 31 + kept[slot].size();
        kept[slot] = std::string((seed >> 12) % (step % 99 ? 400 : 200000),
                                 static_cast<char>('a' + slot % 26));
        if (step % 5 == 0)
            lists.emplace_back(slot + 1, slot);
        if (lists.size() > 200)
            lists.pop_front();
    }
    for (auto &one : kept)
        sum ^= hash(one.second);
    return sum;
}

// Blocks made by some threads and dropped by others, through a queue.
static std::uint64_t pass_on()
{
    std::mutex lock;
    std::queue<std::unique_ptr<std::string>> queue;
    std::atomic<int> made{0};
    std::atomic<std::uint64_t> sum{0};
    std::vector<std::thread> group;
    for (int t = 0; t < 2; t++)
        group.emplace_back([&, t] {
            for (int i = 0; i < 10000; i++) {
                auto text = std::make_unique<std::string>(static_cast<std::size_t>(i % 500),
                                                          static_cast<char>('a' + t));
                std::lock_guard<std::mutex> hold(lock);
                queue.push(std::move(text));
                made++;
            }
        });
    for (int t = 0; t < 2; t++)
        group.emplace_back([&] {
            for (;;) {
                std::unique_ptr<std::string> text;
                {
                    std::lock_guard<std::mutex> hold(lock);
                    if (!queue.empty()) {
                        text = std::move(queue.front());
                        queue.pop();
                    } else if (made == 20000) {
                        return;
                    }
                }
                if (text)
                    sum += hash(*text);
                else
                    std::this_thread::yield();
            }
        });
    for (auto &thread : group)
        thread.join();
    return sum;
}

template <typename F> static bool throws(F f)
{
    try {
        f();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static int handled;

static void fails()
{
    volatile std::size_t most = std::numeric_limits<std::size_t>::max();
    std::cout << "new " << throws([&] { delete static_cast<char *>(::operator new(most)); })
              << '\n';
    std::cout << "new[] " << throws([&] { delete[] new char[most / 2]; }) << '\n';
    std::cout << "aligned " << throws([&] {
        ::operator delete(::operator new(most / 2, std::align_val_t(64)), std::align_val_t(64));
    }) << '\n';
    std::cout << "nothrow " << (::operator new(most, std::nothrow) == nullptr) << '\n';
    std::cout << "reserve " << throws([&] { std::vector<int>().reserve(most / 8); }) << '\n';
    std::set_new_handler([] {
        if (++handled == 3)
            std::set_new_handler(nullptr);
    });
    std::cout << "handler " << throws([&] { delete[] new char[most / 2]; }) << ' ' << handled
              << '\n';
}

int main()
{
    std::vector<std::future<std::uint64_t>> made;
    for (unsigned t = 1; t <= 6; t++)
        made.push_back(std::async(std::launch::async, churn, t));
    for (auto &one : made)
        std::cout << one.get() << '\n';
    std::cout << pass_on() << '\n';
    std::vector<std::unique_ptr<wide>> wides;
    bool aligned = true;
    for (int i = 0; i < 300; i++) {
        wides.push_back(std::make_unique<wide>());
        aligned = aligned && reinterpret_cast<std::uintptr_t>(wides.back().get()) % 256 == 0;
        if (i % 3 == 0)
            wides[static_cast<std::size_t>(i / 2)].reset();
    }
    std::cout << "aligned " << aligned << '\n';
    std::pmr::unsynchronized_pool_resource pool;
    std::pmr::vector<std::pmr::string> strings(&pool);
    for (int i = 0; i < 5000; i++)
        strings.emplace_back(static_cast<std::size_t>(i % 200), 'q');
    std::cout << "pmr " << strings.size() << '\n';
    std::string text;
    for (int i = 0; i < 2000; i++)
        text += "w" + std::to_string(i * 7919 % 1000) + ' ';
    std::cout << "regex " << hash(std::regex_replace(text, std::regex("w(\\d)(\\d*)5 "), "$2-$1 "))
              << '\n';
    std::ostringstream out;
    out.imbue(std::locale::classic());
    for (int i = 0; i < 20000; i++)
        out << i * 0.125 << ';';
    std::cout << "stream " << hash(out.str()) << '\n';
    fails();
}
