"""What a Python program does all day, with one line of digest for each part."""

import hashlib
import json
import multiprocessing
import os
import pickle
import re
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

GEN = os.environ["GEN"]


def tell(name, value):
    data = value if isinstance(value, bytes) else repr(value).encode()
    print(name, hashlib.sha256(data).hexdigest()[:24], flush=True)


def read(name):
    with open(os.path.join(GEN, name), encoding="utf-8") as source:
        return source.read()


def churn(seed):
    """Blocks of many sizes, kept and dropped out of order; the answer depends on every byte."""
    kept = {}
    state = seed
    total = 0
    for step in range(6000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        slot = state % 97
        size = (state >> 8) % (4000 if step % 50 else 300000)
        total = (total + sum(kept.pop(slot, b"")[:64])) & 0xFFFFFFFF
        kept[slot] = bytes([seed & 255]) * (size // 2) + bytes(size - size // 2)
    return total, sum(zlib.crc32(kept[slot]) for slot in sorted(kept))


def threads():
    results = [None] * 8

    def one(number):
        results[number] = churn(number + 1)

    group = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in group:
        thread.start()
    for thread in group:
        thread.join()
    return results


def main():
    text = read("text.txt")
    rows = json.loads(read("records.json"))
    tell("json", json.dumps(rows, sort_keys=True, indent=1))
    tell("pickle", pickle.loads(pickle.dumps(rows, protocol=4)))
    tell("count", Counter(text.split()).most_common(500))
    tell("order", list(OrderedDict((word, len(word)) for word in text.split()).items())[:999])
    tell("regex", re.sub(r"\b(\w)(\w*)(ka|ro)\b", r"\3\2\1", text))
    tell("split", [line[::-1] for line in re.split(r"\s*te\s*|\n", text)])
    tell("sort", sorted(text.splitlines(), key=lambda line: (len(line), line)))
    for level in 1, 6, 9:
        packed = zlib.compress(text.encode(), level)
        tell(f"zlib {level}", zlib.decompress(packed) + packed)
    tree = ElementTree.fromstring(read("page.xml"))
    tell("xml", [(e.tag, e.attrib, e.text) for e in tree.iter()])
    tell("int", hex(7**20000 // 3**9000))
    tell("threads", threads())
    with ThreadPoolExecutor(4) as pool:
        starts = range(0, 200000, 10000)
        tell("pool", list(pool.map(lambda k: zlib.crc32(text[k:].encode()), starts)))
    for method in "fork", "spawn":
        with multiprocessing.get_context(method).Pool(2) as pool:
            tell(f"multiprocessing {method}", pool.map(churn, range(20, 26)))
    tell("subprocess", subprocess.run(
        [sys.executable, "-c", "print(sorted(x * x for x in range(9999)))"],
        stdout=subprocess.PIPE, check=True).stdout)
    db = sqlite3.connect(":memory:")
    db.execute("create table r (id integer primary key, name text, score real)")
    values = [(row["id"], row["name"], row["score"]) for row in rows]
    db.executemany("insert into r values (?, ?, ?)", values)
    query = "select name, count(*), sum(score) from r group by 1 order by 2, 1"
    tell("sqlite", db.execute(query).fetchall())


if __name__ == "__main__":
    main()
