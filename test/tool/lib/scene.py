"""Programs to look at, started and known to stand still; and what the kernel says of them."""

import atexit
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../run/lib"))
from tool import PROGRAMS, environment

SCENE = os.path.join(PROGRAMS, "tool-scene")


class Scene:
    """A process that has said "ready"; told holds its lines before that as (kind, address, bytes)."""

    def __init__(self, *words, before=(), **variables):
        self.process = subprocess.Popen([*before, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment(**variables))
        atexit.register(self.end)
        self.pid = self.process.pid
        self.told = []
        for line in self.process.stdout:
            if line == "ready\n":
                break
            kind, address, size = line.split()
            self.told.append((kind, int(address, 16), int(size)))

        self.settle()

    def settle(self):
        """Wait until every thread sleeps: the last of them may just be on its way to its pause()."""
        before, end = None, time.monotonic() + 10
        while time.monotonic() < end:
            states = []
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                with open(f"/proc/{self.pid}/task/{thread}/stat", encoding="utf-8", errors="replace") as file:
                    states.append(file.read().rpartition(")")[2].split()[0])
            now = (states, self.resident())
            if set(states) == {"S"} and now == before:
                return
            before = now
            time.sleep(0.02)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def resident(self):
        """The kernel's sum over all areas, in bytes."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            return 1024 * int(next(line for line in file if line.startswith("Rss:")).split()[1])

    def areas(self):
        with open(f"/proc/{self.pid}/maps", encoding="utf-8") as file:
            return [line for line in file if "[vsyscall]" not in line]
