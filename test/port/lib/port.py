"""One platform: the library built for it by its cross file, and programs of the suites run there.

`make test` runs a chosen few of each platform, `make port` (PORT=full) all that the suites unit,
spec and api have, but for those named here with the reason why they cannot hold there.
"""

import ast
import concurrent.futures
import configparser
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../meta"))
from tap import BUILD, SOURCE, done, ok, skip  # noqa: E402, F401

FULL = os.environ.get("PORT") == "full"
SUITES = ("unit", "spec", "api")
PROGRAMS = os.path.join(SOURCE, "test/port/programs")
LINE = re.compile(r"^(not )?ok\b", re.MULTILINE)


def lines_of(text):
    """How many TAP lines hold, and those that do not with their notes."""
    held, failed, inside = 0, [], False
    for line in text.splitlines():
        match = LINE.match(line)
        inside = bool(match and match.group(1)) or (inside and not match)
        held += bool(match and not match.group(1))
        if inside:
            failed.append(line)
    return held, failed


class Platform:
    """Built in BUILD/port/CROSS by scripts/cross/CROSS.ini; without one it is the build under test."""

    def __init__(self, name, cross=None, needs=(), environment=None, unknown=()):
        self.name, self.cross, self.needs = name, cross, needs
        self.unknown = unknown  # ways that its C library has no start files for
        self.environment = environment or {}
        self.build = os.path.join(BUILD, "port", cross) if cross else BUILD
        self.file = os.path.join(SOURCE, "scripts/cross", f"{cross}.ini") if cross else None
        self.wrapper, self.tests = [], {}
        self.compiler, self.links = {".c": ["cc"], ".cc": ["c++"]}, []
        self.read_cross_file()

    def read_cross_file(self):
        if not self.file:
            return
        said = configparser.ConfigParser(interpolation=None)
        said.read(self.file)
        binaries = {key: ast.literal_eval(value) for key, value in said["binaries"].items()}
        as_list = {key: [value] if isinstance(value, str) else value for key, value in binaries.items()}
        self.wrapper = as_list.get("exe_wrapper", [])
        options = said["built-in options"] if said.has_section("built-in options") else {}
        links = ast.literal_eval(options.get("c_link_args", "[]"))
        self.compiler = {".c": as_list["c"], ".cc": as_list["cpp"]}
        self.links = links

    def lacks(self):
        """What is missing here, in words; None if nothing is."""
        missing = [need for need in self.needs if not shutil.which(need)]
        return f"{self.name}: {' and '.join(missing)} not installed" if missing else None

    def command(self, command, seconds, **options):
        """Exit status and output; a time limit that passes is a status in words."""
        options.setdefault("stdout", subprocess.PIPE)
        try:
            done = subprocess.run(command, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  timeout=seconds, check=False, **options)
        except subprocess.TimeoutExpired as late:
            return f"still running after {seconds} s", str(late.output or "")
        return done.returncode, done.stdout

    def setup(self):
        """meson setup, once; the tests that there are."""
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            arguments = ["meson", "setup", self.build, "-Dtool=false"]
            kind = "--native-file" if self.cross == "clang" else "--cross-file"
            status, said = self.command(arguments + [kind, self.file], 300, cwd=SOURCE)
            if status != 0:
                shutil.rmtree(self.build, ignore_errors=True)
                return said
        status, said = self.command(["ninja", "-C", self.build, "build.ninja"], 300)
        if status != 0:
            return said
        said = subprocess.run(["meson", "introspect", "--tests", self.build], check=True,
                              stdout=subprocess.PIPE).stdout
        for test in json.loads(said):
            suite = test["suite"][0].split(":")[-1]
            # Scripts start compilers and programs of this machine: C and C++ programs only.
            if suite in SUITES and test["cmd"][0].startswith(self.build):
                self.tests[f"{suite}/{test['name']}"] = test
        return None

    def make(self, targets):
        """Build what can be built; what ninja said if something could not."""
        status, said = self.command(["ninja", "-C", self.build, "-k0", "-j2", *targets], 1500)
        return None if status == 0 else "\n".join(
            line for line in said.splitlines() if "error" in line or "undefined" in line)

    def builds(self):
        """The TAP line of the product; False if there is nothing to go on with."""
        why = self.lacks()
        if why:
            skip(f"{self.name}: the library builds", why)
            return False
        said = self.setup() or self.make(["product"])
        return ok(not said, f"{self.name}: the library builds without a warning", *(said or "").splitlines()[:20])

    def run_test(self, test):
        environment = {**own_libraries(), **test["env"], **self.environment}
        seconds = 60 + 4 * test["timeout"]
        return self.command(self.wrapper + test["cmd"], seconds, env=environment, cwd=self.build)

    def run_tests(self, names, known):
        """A TAP line for each of the named tests; `known` are skipped and say why."""
        why = {name: reason for name in names for key, reason in known.items()
               if name == key or name.startswith(key + "-")}
        chosen = [name for name in names if name not in why]
        targets = {os.path.relpath(self.tests[name]["cmd"][0], self.build) for name in chosen if name in self.tests}
        said = self.make(sorted(targets)) or ""
        for name, reason in sorted(why.items()):
            skip(f"{self.name}: {name}", reason)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ready = [name for name in chosen if name in self.tests and os.path.exists(self.tests[name]["cmd"][0])]
            results = dict(zip(ready, pool.map(lambda name: self.run_test(self.tests[name]), ready)))
        for name in chosen:
            if name not in results:
                ok(False, f"{self.name}: {name} is built", *said.splitlines()[:8])
                continue
            status, text = results[name]
            held, failed = lines_of(text)
            ok(status == 0 and held > 0 and not failed, f"{self.name}: {name} ({held} lines)",
               f"status {status}", *failed[:12], *([] if failed else text.splitlines()[-5:]))

    def all_tests(self, *suites):
        return sorted(name for name in self.tests if name.split("/")[0] in (suites or SUITES))

    def library(self, name):
        return os.path.join(self.build, "src", name)

    def run_programs(self, suffixes=(".c", ".cc"), compilers=None, hows=None):
        for source, suffix in (("user.c", ".c"), ("user_cxx.cc", ".cc")):
            if suffix in suffixes:
                for how in hows or [way for way in ways(self) if way not in self.unknown]:
                    self.run_program(source, how, (compilers or {}).get(suffix))

    def run_program(self, source, how, compiler=None):
        """Compile one of programs/ for a way, and run it: nothing but 0 is right."""
        flags, libraries, environment = ways(self)[how]
        suffix = os.path.splitext(source)[1]
        base = compiler or self.compiler[suffix]
        # With a loader named a static-pie would be started by it.
        libraries = libraries + ([] if how.startswith("static") else self.links)
        program = os.path.join(self.build, f"{source}.{how}.{os.path.basename(base[0])}".replace("+", "x"))
        compile_it = [*base, "-O2", "-pthread", *(["-std=c++17"] if suffix == ".cc" else []), *flags, os.path.join(PROGRAMS, source), "-o", program, *libraries]
        title = f"{self.name}: {source} {how} by {os.path.basename(base[0])}"
        status, said = self.command(compile_it, 120)
        if not ok(status == 0, f"{title}: is built", *said.splitlines()[:8]):
            return
        status, said = self.command(self.wrapper + [program], 120,
                                    env={**own_libraries(), **environment, **self.environment})
        ok(status == 0, f"{title}: runs ({said.strip().splitlines()[-1] if said.strip() else ''})", f"status {status}", said)


def own_libraries():
    """The environment without the way to the library of this build, which is not the platform's."""
    return {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}


def ways(platform):
    """Flags, libraries and variables for every way a program can come to the library."""
    archive, shared = platform.library("libashlar.a"), platform.library("libashlar.so.1")
    directory = os.path.dirname(shared)
    # As ashlar.pc has it: with -flto gcc's linker does not see that a program calls malloc.
    called = ["-Wl,-u,malloc", "-Wl,--push-state,--no-as-needed"]
    linked = [*called, "-L" + directory, "-l:libashlar.so.1", "-Wl,--pop-state", "-Wl,-rpath," + directory]
    archive = [*called, archive, "-Wl,--pop-state"]
    return {
        "linked": ([], linked, {}),
        "preloaded": ([], [], {"LD_PRELOAD": shared}),
        "static": (["-static"], archive, {}),
        "static-pie": (["-static-pie", "-fPIE"], archive, {}),
        "linked-lto": (["-flto"], linked, {}),
        "static-lto": (["-flto", "-static"], archive, {}),
    }
