"""Every object from malloc (PYTHONMALLOC=malloc): records, an index, JSON there and back, a parse tree."""

import ast
import json
import random

WORDS = ["chunk", "bin", "top", "arena", "break", "trim", "batch", "shelf"]


def records(count):
    rng = random.Random(1)
    return [{"id": i, "name": "-".join(rng.choices(WORDS, k=3)), "tags": rng.sample(WORDS, 3),
             "place": (rng.random(), rng.random())} for i in range(count)]


def index(table):
    places = {}
    for record in table:
        for tag in record["tags"]:
            places.setdefault(tag, []).append(record["id"])
        places.setdefault(record["name"], []).append(record["id"])
    return places


def source(functions):
    return "\n".join(f"def f{i}(a, b):\n    c = [x * {i} + a for x in range(b) if x % 3]\n"
                     f"    return {{'sum': sum(c), 'key{i}': (a, b, c[:{i % 7}])}}" for i in range(functions))


def main():
    for _ in range(2):
        again = json.loads(json.dumps(records(20000)))
        places = index(again)
        assert sum(map(len, places.values())) == 4 * len(again)
    tree = ast.parse(source(1500))
    assert sum(1 for _ in ast.walk(tree)) > 50000


main()
