"""Write the inputs of the real programs into a directory; the same bytes every time.

    text.txt      1.5 MB of lines of made-up words       data.csv     30,000 rows
    program.c     a C program of 110 functions         templates.cc template-heavy C++
    records.json  a JSON array of nested objects       tree/        500 small files
    page.xml      an XML document                      values.resp  commands for redis-cli --pipe
"""

import json
import os
import random
import sys

SYLLABLES = "ka ro mi te lu so na vi de po ra shi mon tel gar fin ous ter al bre".split()


def words(count, seed):
    rng = random.Random(seed)

    def word():
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(1, 5)))

    known = [word() for _ in range(4000)]
    return [known[min(rng.randrange(4000), rng.randrange(4000))] for _ in range(count)]


def text(lines, seed):
    rng = random.Random(seed)
    supply = iter(words(lines * 12, seed))
    made = []
    for _ in range(lines):
        made.append(" ".join(next(supply) for _ in range(rng.randrange(4, 12))))
    return "\n".join(made) + "\n"


def c_function(number, rng):
    a, b, c = (rng.randrange(3, 99) for _ in range(3))
    callee = f"f{rng.randrange(number)}(x ^ {a}u)" if number else "x"
    return f"""
static unsigned f{number}(unsigned x)
{{
    unsigned table[{a}] = {{{b}, {c}, {a}}};
    for (unsigned i = 0; i < {a}u; i++)
        table[i] = table[i] * {b}u + (x >> (i % 13));
    switch (x % 5) {{
    case 0: return table[x % {a}u] + {c}u;
    case 1: return table[{a // 2}] ^ {callee};
    case 2: for (unsigned i = 1; i < {a}u; i++) table[0] += table[i] & {c}u; return table[0];
    default: return (unsigned)strlen(names[x % 4]) + table[{a - 1}];
    }}
}}
"""


def c_program(count, seed):
    rng = random.Random(seed)
    head = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n'
    head += 'static const char *names[4] = {"one", "three", "seven", "eleven"};\n'
    body = "".join(c_function(number, rng) for number in range(count))
    calls = "".join(f"    sum = sum * 31 + f{number}(sum);\n" for number in range(count))
    main = f'int main(void)\n{{\n    unsigned sum = 7;\n{calls}    printf("%u\\n", sum);\n}}\n'
    return f"{head}{body}\n{main}"


def cxx_program(count):
    head = """#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N> struct tag {
    std::map<std::string, std::vector<tag<N - 1>>> below;
    std::unordered_map<int, std::variant<int, std::string, tag<N - 1>>> other;
    int depth() const { return 1 + (below.empty() ? tag<N - 1>().depth() : N); }
};
template <> struct tag<0> { int depth() const { return 0; } };

template <typename... T> auto sum(T... values) { return (values + ... + 0); }

template <std::size_t... I> long fold(std::index_sequence<I...>)
{
    auto t = std::make_tuple((I * 3)...);
    return (static_cast<long>(std::get<I>(t)) + ... + 0L);
}
"""
    body = ""
    for number in range(count):
        body += f"""
static long g{number}(long x)
{{
    tag<{number % 9 + 1}> t;
    std::vector<std::pair<long, std::string>> v{{{{x, "a"}}, {{{number}, "b"}}}};
    auto before = [](auto &a, auto &b) {{ return a.second + "{number}" < b.second; }};
    std::sort(v.begin(), v.end(), before);
    long folded = fold(std::make_index_sequence<{number % 20 + 1}>());
    return t.depth() + sum(x, {number}L, v[0].first) + folded;
}}
"""
    calls = "".join(f"    x = g{number}(x) % 100003;\n" for number in range(count))
    main = f"int main()\n{{\n    long x = 1;\n{calls}    std::cout << x << std::endl;\n}}\n"
    return f"{head}{body}\n{main}"


def records(count, seed):
    rng = random.Random(seed)
    supply = words(count * 6, seed)
    made = []
    for number in range(count):
        at = number * 6
        made.append({
            "id": number,
            "name": " ".join(supply[at:at + 2]),
            "tags": supply[at + 2:at + 5],
            "place": {"x": rng.randrange(1000), "y": rng.randrange(1000), "note": supply[at + 5]},
            "score": rng.randrange(10000) / 8,
            "none": None,
        })
    return made


def xml(rows):
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", "<records>"]
    for row in rows:
        tags = "".join(f"<tag>{tag}</tag>" for tag in row["tags"])
        lines.append(f"<record id='{row['id']}'><name>{row['name']}</name>{tags}"
                     f"<place x='{row['place']['x']}' y='{row['place']['y']}'/></record>")
    return "\n".join(lines + ["</records>", ""])


def csv(rows, seed):
    rng = random.Random(seed)
    supply = words(rows, seed)
    lines = ["id,word,amount,group"]
    for number in range(rows):
        lines.append(f"{number},{supply[number]},{rng.randrange(100000)},{rng.randrange(40)}")
    return "\n".join(lines) + "\n"


def resp(count, seed):
    """Redis commands in its wire protocol: strings of many sizes, lists, hashes, sorted sets."""
    rng = random.Random(seed)
    supply = words(count, seed)

    def command(*parts):
        return f"*{len(parts)}\r\n" + "".join(f"${len(part)}\r\n{part}\r\n" for part in parts)

    made = []
    for number, word in enumerate(supply):
        size = rng.randrange(1, 200)
        if number % 8 == 0:
            size = rng.choice((1, 8, 30, 100, 500, 3000, 20000))
        made.append(command("SET", f"key:{number}", (word * (size // len(word) + 1))[:size]))
        if number % 4 == 0:
            made.append(command("RPUSH", f"list:{number % 64}", word, str(number)))
            made.append(command("HSET", f"hash:{number % 512}", word, str(number)))
            made.append(command("ZADD", f"zset:{number % 32}", str(rng.randrange(999)), word))
        if number % 3 == 0:
            made.append(command("APPEND", f"key:{rng.randrange(number + 1)}", word))
        if number % 7 == 0:
            made.append(command("DEL", f"key:{rng.randrange(number + 1)}"))
    return "".join(made)


def tree(directory, count, seed):
    rng = random.Random(seed)
    for number in range(count):
        folder = os.path.join(directory, f"d{number % 20}", f"e{number % 7}")
        os.makedirs(folder, exist_ok=True)
        write(os.path.join(folder, f"file{number}.txt"), text(rng.randrange(5, 80), number))


def write(path, content):
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(content)


def main():
    directory = sys.argv[1]
    os.makedirs(directory)
    rows = records(8000, 3)
    for name, content in {
        "text.txt": text(30000, 1),
        "data.csv": csv(30000, 2),
        "program.c": c_program(110, 4),
        "templates.cc": cxx_program(15),
        "records.json": json.dumps(rows),
        "page.xml": xml(rows),
        "values.resp": resp(12000, 5),
    }.items():
        write(os.path.join(directory, name), content)
    tree(os.path.join(directory, "tree"), 500, 6)


if __name__ == "__main__":
    main()
