"""What `make run` runs: python3 at work that allocates hard - an index, JSON there and back, sorting."""

import json
import os
import random
import threading

# Below 512 bytes python has an allocator of its own in front of malloc; here malloc does it all.
assert os.environ.get("PYTHONMALLOC") == "malloc"

SYLLABLES = ["mal", "loc", "cal", "free", "heap", "bin", "top", "are", "na", "chunk", "brk", "trim"]


def text(words, seed):
    rng = random.Random(seed)
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(words)]


def index(words):
    places = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    return places


def work(seed, results):
    places = index(text(60000, seed))
    again = json.loads(json.dumps(places))
    ranked = sorted(again, key=lambda word: (-len(again[word]), word))
    results[seed] = (len(again), ranked[0], sum(map(len, again.values())))


def main():
    results = {}
    for rounds in range(3):
        threads = [threading.Thread(target=work, args=(4 * rounds + n, results)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    words = sum(total for _, _, total in results.values())
    distinct = sum(number for number, _, _ in results.values())
    print(f"{len(results)} texts of {words // len(results)} words indexed, {distinct} entries, "
          f"most frequent: {', '.join(sorted({word for _, word, _ in results.values()}))}")


main()
