"""peers.py - the allocators that are measured: where their libraries are and which versions they are.

ashlar is the one under test; glibc needs no library.  The others are looked for under the names
their makers give them, or are named by the user:  PEERS=name=path,name=path make bench
"""

import glob
import os
import platform
import re
import shutil
import subprocess
import sys

OURS = "ashlar"
AGAIN = "ashlar again"  # the second one of an A/A run
PLACES = ["/usr/local/lib", "/usr/local/lib/*-linux-gnu", "/usr/lib/*-linux-gnu", "/usr/lib", "/usr/lib64"]
CLANG = "/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.scudo_standalone"

# name: patterns of the file (a bare name is looked for in PLACES), Debian packages that have it
KNOWN = {
    "jemalloc": (["libjemalloc.so.2"], ["libjemalloc2"]),
    "mimalloc2": (["libmimalloc.so.2*"], ["libmimalloc2.0"]),
    "mimalloc3": (["libmimalloc.so.3*"], ["libmimalloc3"]),
    "tcmalloc": (["libtcmalloc_minimal.so.4"], ["libtcmalloc-minimal4", "libtcmalloc-minimal4t64"]),
    "snmalloc": (["libsnmallocshim.so*"], []),
    "rpmalloc": (["librpmalloc.so.1*", "librpmallocwrap.so"], ["librpmalloc1"]),
    # The name ends with the machine in the old layout and not in the new one.
    "scudo": ([f"{CLANG}-{platform.machine()}.so", f"{CLANG}.so"], ["libclang-rt-19-dev"]),
    "hardened_malloc": (["libhardened_malloc-light.so", "libhardened_malloc.so"], []),
}


def numbers(path):
    """Sorts llvm-19 after llvm-9."""
    return [int(number) for number in re.findall(r"\d+", path)]


def find(patterns):
    for pattern in patterns:
        for place in [""] if os.path.isabs(pattern) else PLACES:
            found = sorted(glob.glob(os.path.join(place, pattern)), key=numbers)
            if found:
                return found[-1]
    return None


def loads(path):
    """Whether the loader takes it: when it does not, it says so and goes on with glibc's malloc."""
    with subprocess.Popen(["/bin/true"], env={"LD_PRELOAD": path}, stderr=subprocess.PIPE, text=True) as child:
        said = child.communicate()[1]
    if said:
        print(f"bench: left out: {said.strip()}", file=sys.stderr)
    return not said and child.returncode == 0


def named_by_user():
    """What PEERS says, as name -> path."""
    chosen = {}
    for peer in filter(None, os.environ.get("PEERS", "").replace(" ", ",").split(",")):
        name, equals, path = peer.partition("=")
        if not equals or not os.path.isfile(path) or not loads(os.path.abspath(path)):
            sys.exit(f"bench: PEERS wants name=path of a library that can be preloaded, not {peer!r}")
        chosen[name] = os.path.abspath(path)
    return chosen


def allocators(library, again):
    """name -> library to preload, None for glibc's own malloc; and the known ones that are missing."""
    if not loads(library):
        sys.exit("bench: the library under test cannot be preloaded")
    chosen = {OURS: library}
    if again:
        chosen[AGAIN] = library
    chosen["glibc"] = None
    for name, (patterns, _) in KNOWN.items():
        path = find(patterns)
        chosen[name] = path if path and loads(path) else None
    chosen.update(named_by_user())
    missing = [name for name, path in chosen.items() if path is None and name != "glibc"]
    return {name: path for name, path in chosen.items() if name not in missing}, missing


def only(chosen, names):
    """Those allocators that the user wants."""
    unknown = [name for name in names if name not in chosen]
    if unknown:
        sys.exit(f"bench: no such allocator here: {' '.join(unknown)} (there are: {' '.join(chosen)})")
    return {name: path for name, path in chosen.items() if not names or name in names}


def available(packages):
    """The first of these packages that apt knows; None without apt."""
    if not packages or not shutil.which("apt-cache"):
        return None
    for package in packages:
        said = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False)
        if re.search(r"Candidate: (?!\(none\))", said.stdout):
            return package
    return None


def advice(missing):
    """How to get the missing ones, as lines."""
    packages = {name: available(KNOWN[name][1]) for name in missing}
    here = [package for package in packages.values() if package]
    lines = [f"more peers come with  apt-get install {' '.join(here)}"] if here else []
    elsewhere = [name for name, package in packages.items() if not package]
    if elsewhere:
        lines.append(f"not found, and in no package list here: {', '.join(elsewhere)}; "
                     f"with a library of your own: PEERS={elsewhere[0]}=PATH make bench")
    return lines


def output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def version(path):
    """The package's version, if it came as one; else what the file calls itself."""
    if path is None:
        return os.confstr("CS_GNU_LIBC_VERSION") or "libc"
    real = os.path.realpath(path)
    # dpkg may know the file under the merged name only.
    for file in (real, real.removeprefix("/usr")):
        owner = output(["dpkg-query", "-S", file]).rpartition(": ")[0].split(",")[0]
        if owner:
            return output(["dpkg-query", "-W", "-f", "${Package} ${Version}", owner])
    return os.path.basename(real)
