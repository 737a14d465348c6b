"""What the scripts here need beside test/run/lib/tool.py: a program that tells the truth about its
heap, kept running, and what `ashlar heap --json` says of it."""

import atexit
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../run/lib"))
from tool import PROGRAMS, SOURCE, TOOL, ashlar, done, environment, equal, ok, scratch, skip

_running = []


def stop_all():
    for process in _running:
        if process.poll() is None:
            process.kill()
            process.wait()


atexit.register(stop_all)


class Truth:
    """A running program of scenario.h and what it told."""

    def __init__(self, *command, env=None):
        path = command[0] if os.path.sep in command[0] else os.path.join(PROGRAMS, f"heap-{command[0]}")
        self.process = subprocess.Popen([path, *command[1:]], stdout=subprocess.PIPE, text=True, env=env or environment())
        _running.append(self.process)
        self.pid = self.process.pid
        self.blocks, self.sums, self.damage = {}, {}, None
        for line in self.process.stdout:
            word, *rest = line.split()
            if word == "block":
                self.blocks[int(rest[0], 16)] = (int(rest[1]), rest[2])
            elif word == "sum":
                self.sums[rest[0]] = int(rest[1])
            elif word == "pid":
                self.pid = int(rest[0])
            elif word == "damage":
                self.damage = int(rest[0], 16)
            elif word == "ready":
                return
        raise RuntimeError(f"{command} ended early")

    def trim(self):
        """Let it call malloc_trim(0)."""
        self.process.send_signal(signal.SIGUSR1)
        while self.process.stdout.readline() != "trimmed\n":
            pass

    def resident(self):
        return resident(self.pid)

    def stop(self):
        self.process.kill()
        self.process.wait()


def resident(pid):
    """The kernel's RSS in bytes, added up from the areas, exact unlike VmRSS."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return 1024 * int(re.search(r"^Rss:\s+(\d+)", file.read(), re.M).group(1))


def heap(pid, *options):
    result = ashlar("heap", "--json", *options, str(pid))
    if result.status != 0:
        raise RuntimeError(result.err)
    return json.loads(result.out)


class Model:
    """All chunks that the tool found: by address of the program's pointer, (usable, place)."""

    def __init__(self, document):
        self.document = document
        self.blocks = {}
        for arena in document["arenas"]:
            for segment in arena["segments"]:
                for chunk in segment["chunks"]:
                    self.add(chunk, *((0, 0) if segment["headless"] else (16, 8)))
        for chunk in document["mapped"]:
            self.add(chunk, 16, 16)

    def add(self, chunk, header, overhead):
        place = chunk["state"]
        if place == "free":
            place = chunk["shelf"]
        self.blocks[int(chunk["at"], 16) + header] = (chunk["size"] - overhead, place)

    def of(self, *places):
        return {at: block for at, block in self.blocks.items() if block[1] in places}


def look(pid):
    return Model(heap(pid, "--chunks"))
