/*
 * containers.cc - a C++ program as people have them: a map of strings, of which most was erased, and a
 * vector that has shrunk.
 *
 * @test helper
 */
extern "C" {
#include "scenario.h"
}

#include <map>
#include <string>
#include <vector>

static std::map<int, std::string> names;
static std::vector<std::vector<int>> rows;

int main()
{
    block_trim_signal();
    for (int i = 0; i < 120000; i++)
        names[i] = std::string(static_cast<size_t>(40 + i % 200), 'x');
    rows.resize(2000);
    for (auto &row : rows)
        row.assign(1500, 7);
    for (int i = 0; i < 120000; i++) {
        if (i % 100)
            names.erase(i);
    }
    rows.resize(100);
    rows.shrink_to_fit();
    tell_sums();
    tell_ready_and_wait();
}
