"""store.py - raw results as JSON files under bench/results/, with what is needed to read them later."""

import json
import os
import platform
import resource
import sys
import time

import peers

HERE = os.path.dirname(os.path.abspath(__file__))
DIRECTORY = os.path.join(HERE, "results")
TOLD = ("program", "arguments", "kind", "follows", "stands_for")


def first_match(path, key):
    """The value behind "key : value" in a file of /proc."""
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                name, colon, value = line.partition(":")
                if colon and name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return "unknown"


def machine():
    huge = "/sys/kernel/mm/transparent_hugepage/enabled"
    pages = open(huge, encoding="utf-8").read().strip() if os.path.exists(huge) else "unknown"
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "processor": first_match("/proc/cpuinfo", "model name"),
        "memory": first_match("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "huge pages": pages,
    }


class Others:
    """What share of the CPUs' time went to others than our children: the largest source of noise."""

    def __init__(self):
        self.began = self.now()

    @staticmethod
    def now():
        """CPU seconds of all, stolen seconds, CPU seconds of our children, the clock."""
        with open("/proc/stat", encoding="utf-8") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
        tick = os.sysconf("SC_CLK_TCK")
        ours = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ((user + nice + system + irq + softirq) / tick, steal / tick,
                ours.ru_utime + ours.ru_stime, time.monotonic())

    def shares(self):
        busy, stolen, ours, seconds = (now - then for now, then in zip(self.now(), self.began))
        whole = seconds * len(os.sched_getaffinity(0))
        return {"others": max(0, busy - ours) / whole, "stolen": stolen / whole, "seconds": round(seconds)}


def commit():
    """What the tree was at; "+" when files differ from it."""
    git = ["git", "-C", HERE]
    head = peers.output(git + ["rev-parse", "--short", "HEAD"])
    changed = peers.output(git + ["status", "--porcelain", "--untracked-files=no", "--", "..", ":!../bench"])
    return head + ("+" if changed else "") if head else "unknown"


def facts(chosen, repeats):
    """What a reader wants to know about a run before he believes it."""
    versions = {name: peers.version(path) for name, path in chosen.items()}
    for name in versions:
        if name in (peers.OURS, peers.AGAIN):
            versions[name] = f"commit {commit()}"
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        **machine(),
        "repeats": repeats,
        "allocators": versions,
    }


def told(rows):
    """The parts of the rows that say what they are."""
    return {name: {key: row[key] for key in TOLD if key in row} for name, row in rows.items()}


def keep(run):
    """Write a run down; return where."""
    os.makedirs(DIRECTORY, exist_ok=True)
    path = os.path.join(DIRECTORY, time.strftime("%Y%m%d-%H%M%S") + ".json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(run, file, indent=1)
        file.write("\n")
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        try:
            run = json.load(file)
        except ValueError:
            run = None
    if not isinstance(run, dict) or "allocators" not in run.get("facts", {}):
        sys.exit(f"bench: {path} is no result of bench/run")
    return run


def load(path):
    """A stored run; a bare name is looked for among the results, "last" is the newest."""
    if path == "last":
        kept = sorted(os.listdir(DIRECTORY)) if os.path.isdir(DIRECTORY) else []
        path = kept[-1] if kept else path
    for place in (path, os.path.join(DIRECTORY, path)):
        if os.path.isfile(place):
            return read(place)
    sys.exit(f"bench: no such result: {path}")
