"""The library's sources compiled once more: with a sanitizer, or for a fuzzer.

Most sanitizers bring a malloc of their own, so the library's names are changed: a test calls
renamed_malloc and is none the wiser.
"""

import glob
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

SOURCE = os.environ.get("TEST_SOURCE") or os.path.abspath(os.path.join(__file__, "../.."))
CC = os.environ.get("CC", "cc").split()
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-ftls-model=initial-exec", "-fexceptions",
         "-DASHLAR_CHECKING=1", "-fno-builtin", "-pthread",
         "-I" + SOURCE + "/src", "-I" + SOURCE + "/include", "-I" + SOURCE + "/test"]
NOT_WANTED = ("cxx", "deepbind")  # operators and dlopen: nothing of theirs is called here

DOORS = """malloc free calloc realloc aligned_alloc free_sized free_aligned_sized posix_memalign
    memalign valloc pvalloc reallocarray malloc_usable_size cfree malloc_trim mallopt mallinfo
    mallinfo2 malloc_info malloc_stats""".split()
HIDDEN_DOORS = """__libc_malloc __libc_free __libc_calloc __libc_realloc __libc_memalign
    __libc_valloc __libc_pvalloc __posix_memalign""".split()


def run(command, limit=200, **variables):
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(command, env=environment, text=True, errors="replace", timeout=limit,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as late:
        return 124, f"{command[0]}: no end after {late.timeout} seconds"
    return done.returncode, done.stdout


def all_of(commands):
    """Run commands two at a time; what the first that failed said, or None."""
    with ThreadPoolExecutor(2) as pool:
        for status, said in pool.map(run, commands):
            if status != 0:
                return said or "failed without a word"
    return None


def library_objects(directory, flags, compiler=CC):
    sources = [s for s in sorted(glob.glob(SOURCE + "/src/*.c"))
               if not os.path.basename(s).startswith(NOT_WANTED)]
    objects = [os.path.join(directory, os.path.basename(s)[:-2] + ".o") for s in sources]
    wrong = all_of([*compiler, *FLAGS, *flags, "-c", s, "-o", o] for s, o in zip(sources, objects))
    return objects, wrong


def renamed(objects):
    """Change the names that a sanitizer has as well; what went wrong, or None."""
    names = [a for n in DOORS + HIDDEN_DOORS for a in ("--redefine-sym", f"{n}=renamed_{n}")]
    return all_of(["objcopy", *names, o] for o in objects)


def defines(named):
    """For the caller: malloc is renamed_malloc, or as `named` has it."""
    return [f"-D{n}={named.get(n, 'renamed')}_{n}" for n in DOORS]
