"""programs.py - rows that are real programs: Debian's, each with a job of ours that allocates a lot.

The jobs lie in real/ or are written by a script there.  A program that is not installed is skipped.
"""

import os
import shutil
import socket
import subprocess
import sys
import time

import measure
import peers

REAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "real")


def row(package, command, stands_for, **more):
    """One program; the first word of its command is what must be installed."""
    return {"kind": "program", "package": package, "command": command,
            "follows": f"{package}, as Debian ships it", "stands_for": stands_for, **more}


def compiler():
    """cc1 itself: the driver in front of it allocates next to nothing."""
    found = peers.output(["gcc", "-print-prog-name=cc1"])
    return found if os.path.isabs(found) else "cc1"


def benchmark(*words):
    return ["redis-benchmark", "-s", "{place}/redis.sock", "-q", "-c", "20", "-P", "16", *words]


# What redis is asked in turn: small and large values, structures, deletions, then other sizes.
REDIS_JOBS = [
    benchmark("-n", "100000", "-r", "100000", "-d", "40", "-t", "set,get,incr"),
    benchmark("-n", "80000", "-r", "20000", "-d", "60", "-t", "lpush,sadd,hset,zadd"),
    benchmark("-n", "100000", "-r", "100000", "del", "key:__rand_int__"),
    benchmark("-n", "80000", "-r", "100000", "-d", "300", "-t", "set"),
]
REDIS_SERVER = ["redis-server", "--port", "0", "--unixsocket", "{place}/redis.sock", "--save", "",
                "--appendonly", "no", "--daemonize", "no", "--dir", "{place}"]


def await_socket(path, server):
    """Until the server answers, or has given up."""
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                return probe.connect(path)
            except OSError:
                time.sleep(0.01)
    raise measure.Failed("redis-server did not start")


def ask_redis(place, server, limit):
    """The jobs one after another, then the end; wall seconds of the jobs."""
    path = place.path("redis.sock")
    await_socket(path, server)
    begin = time.monotonic()
    for job in REDIS_JOBS:
        done = subprocess.run(measure.placed(place, job), env=measure.environment(), timeout=limit,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise measure.Failed("redis-benchmark failed: the server is gone or answers errors")
    wall = time.monotonic() - begin
    subprocess.run(["redis-cli", "-s", path, "shutdown", "nosave"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=limit, check=False)
    return wall


def run_redis(place, library, its):
    """CPU seconds and peak RSS are the server's, wall seconds those its client had to wait."""
    # Debian's redis-server is linked with jemalloc: glibc's malloc too comes in by preloading.
    words = measure.preload(library or "libc.so.6", its)
    command = [place.path("launch"), *words, *measure.placed(place, its["command"])]
    with subprocess.Popen(command, env=measure.environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, start_new_session=True) as server:
        try:
            wall = ask_redis(place, server, measure.LIMIT)
            said, _ = server.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            raise measure.Failed("redis did not end in time") from None
        finally:
            measure.end(server)
    return {**measure.read_launcher(said), "wall": wall}


def script(name):
    return os.path.join(REAL, name)


ROWS = {
    "real-python": row("python3", [sys.executable, script("python.py")], "records, JSON, syntax trees",
                       environment={"PYTHONMALLOC": "malloc"}, quick=True),
    "real-perl": row("perl", ["perl", script("perl.pl")], "text, hashes, lists of hashes"),
    "real-ruby": row("ruby", ["ruby", script("ruby.rb")], "small objects under a collector"),
    "real-lua": row("lua5.4", ["lua5.4", script("lua.lua")], "tables, closures, strings"),
    "real-sqlite": row("sqlite3", ["sqlite3", ":memory:", f".read {script('sqlite.sql')}"],
                       "a database in memory"),
    "real-gcc": row("gcc", [compiler(), "-quiet", "-O1", "{place}/program.c", "-o", "{place}/program.s"],
                    "a compiler", prepare=[sys.executable, script("gcc.py"), "{place}/program.c"]),
    "real-ghostscript": row("ghostscript", ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o",
                                            "{place}/pages.pdf", script("ghostscript.ps")], "documents"),
    "real-z3": row("z3", ["z3", script("z3.smt2")], "terms of a theorem prover", quick=True),
    "real-redis": row("redis-server", REDIS_SERVER, "a key-value store", run=run_redis, quick=True,
                      needs=["redis-benchmark", "redis-cli"]),
}


def lacking(its):
    """Why a row cannot run here, or nothing."""
    for word in its.get("command", [])[:1] + its.get("needs", []):
        if not shutil.which(word):
            return f"{os.path.basename(word)} is not installed; try  apt-get install {its['package']}"
    return None
