"""gcc.py FILE: write a C file of many different functions, for a compiler to work on."""

import random
import sys

OPERATORS = ["+", "-", "*", "&", "|", "^"]
rng = random.Random(1)


def expression(depth):
    if depth == 0:
        return rng.choice(["a", "b", "c", "s->x", "s->y", "s->in[a & 7]", str(rng.randrange(1, 1000))])
    return f"({expression(depth - 1)} {rng.choice(OPERATORS)} {expression(depth - 1)})"


def statement():
    return rng.choice([
        lambda: f"    c += {expression(3)};",
        lambda: f"    if ({expression(2)} > {expression(1)})\n        s->x = {expression(2)};\n    else\n        c ^= {expression(2)};",
        lambda: f"    for (int i = 0; i < {rng.randrange(3, 40)}; i++)\n        s->in[i & 7] += {expression(2)};",
        lambda: f"    switch ({expression(1)} & 3) {{\n    case 0: c++; break;\n    case 1: c = {expression(2)}; break;\n"
                f"    default: s->y -= {expression(2)};\n    }}",
    ])()


def function(number):
    call = f"    c += f{rng.randrange(number)}(s, c, b);\n" if number else ""
    body = "\n".join(statement() for _ in range(rng.randrange(4, 16)))
    return f"int f{number}(struct state *s, int a, int b)\n{{\n    int c = {number};\n{body}\n{call}    return c;\n}}\n"


with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write("struct state { int x, y; int in[8]; };\n\n")
    file.write("\n".join(function(number) for number in range(140)))
