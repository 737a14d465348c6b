"""measure.py - run the rows under the allocators in turns, and note what the kernel says they used.

Everything that runs is copied first, so that a build in the meantime disturbs nothing.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

import peers

LIMIT = 120  # seconds for one run, unless the row says otherwise
OWN_SETTINGS = ("ASHLAR_", "MALLOC_", "MIMALLOC_", "SCUDO_", "TCMALLOC_", "LD_", "GLIBC_TUNABLES")


class Failed(Exception):
    """A run that gave no numbers; the words say why."""


class Workplace:
    """A directory with copies of the library under test and of the workloads."""

    def __init__(self, build, library):
        self.build = build
        self.directory = tempfile.mkdtemp(prefix="ashlar-bench-")
        self.library = shutil.copy(library, self.path("libashlar.so.1"))
        self.program("launch")

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def program(self, name):
        """Where a workload is; it is copied when it is first asked for."""
        if os.path.isabs(name):
            return name
        if not os.path.exists(self.path(name)):
            shutil.copy(os.path.join(self.build, "bench", name), self.path(name))
        return self.path(name)

    def leave(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def environment(**more):
    """Ours, without what would change an allocator's behaviour."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(OWN_SETTINGS)}
    return {**kept, **more}


def preload(library, row):
    """The NAME=VALUE words for the launcher: only the workload itself gets the library."""
    words = [f"{name}={value}" for name, value in row.get("environment", {}).items()]
    return words + ([f"LD_PRELOAD={library}"] if library else [])


def read_launcher(text):
    """The launcher's last line as numbers: wall and CPU seconds, peak RSS in MiB."""
    wall, cpu, rss, status = text.strip().rpartition("\n")[2].split()
    if status != "0":
        raise Failed(f"killed by signal {int(status) - 128}" if int(status) > 128 else f"exit status {status}")
    return {"wall": float(wall), "cpu": float(cpu), "rss": int(rss) / 1024}


def placed(place, words):
    """Words of a command in which {place} is the directory of copies."""
    return [word.replace("{place}", place.directory) for word in words]


def end(child):
    """Kill what is left of a run, with all its children: it has a session of its own."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)


def launched(place, words, limit):
    """What the launcher said, and what the program wrote to stderr."""
    with subprocess.Popen([place.path("launch"), *words], env=environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", cwd=place.directory,
                          start_new_session=True) as child:
        try:
            return child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {limit} s") from None
        finally:
            end(child)


def launch(place, library, row):
    """One run of a row by the launcher."""
    command = placed(place, row["command"]) if "command" in row else [place.program(row["program"]), *row["arguments"]]
    said, _ = launched(place, preload(library, row) + command, row.get("limit", LIMIT))
    return read_launcher(said)


def run_once(place, library, row):
    """One cell, once: the numbers, or {"failed": why}."""
    try:
        return row.get("run", launch)(place, library, row)
    except (Failed, OSError, ValueError) as why:
        return {"failed": str(why)}


def run_row(place, chosen, row, repeats):
    """allocator -> its measurements; another one goes first in each turn."""
    if "prepare" in row:
        subprocess.run(placed(place, row["prepare"]), env=environment(), check=True)
    names = list(chosen)
    cells = {name: [] for name in names}
    for turn in range(repeats):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            # What failed once is out; a run that takes all its time is not waited for again.
            if not any("failed" in run for run in cells[name]):
                cells[name].append(run_once(place, chosen[name], row))
    return cells


def complain(name, cells):
    for allocator, runs in cells.items():
        for run in runs:
            if "failed" in run:
                print(f"bench: {name} under {allocator}: {run['failed']}", file=sys.stderr)


def run_rows(place, chosen, rows, repeats):
    """results[row][allocator] = list of measurements."""
    results = {}
    for number, (name, row) in enumerate(rows.items(), 1):
        results[name] = run_row(place, chosen, row, repeats)
        complain(name, results[name])
        mine = [run for run in results[name].get(peers.OURS, []) if "wall" in run]
        took = f", ashlar {min(run['wall'] for run in mine):.2f} s" if mine else ""
        print(f"bench: {number} of {len(rows)}: {name}{took}", file=sys.stderr, flush=True)
    return results
