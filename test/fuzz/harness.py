"""The harnesses of this directory, and what each is built of."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from sanitized import CC, FLAGS, SOURCE, all_of, defines, library_objects, renamed, run

CHECKS = "address,undefined"
FIRM = ["-fno-sanitize-recover=all"]
# Harnesses of the tool, and the sources that they read with.
COMMON = ["list.c", "say.c"]
CORE = ["areas.c", "core.c", "core_notes.c", *COMMON]
SAVED = ["asnap.c", "heap_model.c", "layout.c", "output.c", "saved.c", "saved_model.c", "tape.c", "target.c", "target_sleep.c", *CORE]
TOOL = {
    "areas": ["areas.c", *COMMON],
    "condition": ["condition.c", *COMMON],
    "core": CORE,
    "image": ["image.c", "image_cache.c", "image_text.c", "glibc_layout.c", *SAVED],
    "snapshot": SAVED,
}
# Those of the library: the environment that each is fuzzed with, in turn.
LIBRARY = {
    "operations": [{}, {"ASHLAR_TCACHE": "0"}, {"ASHLAR_OPTIONS": "guard_rate=9,mmap_threshold=16K"}],
    "settings": [{}],
}


def corpus(name):
    return os.path.join(HERE, "corpus", name)


def build_tool(name, compiler, flags, directory):
    """(the program, what went wrong)"""
    program = os.path.join(directory, "fuzz-" + name)
    sources = [f"{HERE}/tool/{name}.c"] + [f"{SOURCE}/tool/{s}" for s in dict.fromkeys(TOOL[name])]
    status, said = run([*compiler, "-std=gnu11", "-D_GNU_SOURCE", "-g", "-O1", "-w", *flags, *FIRM, f"-I{SOURCE}/tool",
                        f"-I{SOURCE}/test", "-o", program, *sources, "-Wl,--wrap=say_and_exit",
                        "-ljansson", "-lzstd", "-lelf"])
    return program, said if status else None
