"""TAP for the scripts here: ok(condition, name), note(text), done()."""

import os
import subprocess
import sys

SOURCE = os.environ.get("TEST_SOURCE") or os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.environ.get("TEST_BUILD") or os.path.join(SOURCE, "build")
COMPILER = (os.environ.get("CC") or "cc").split()

_count = 0
_failed = 0


def ok(condition, name, *notes):
    """One TAP line; the notes are printed when it does not hold."""
    global _count, _failed
    _count += 1
    print(f"{'ok' if condition else 'not ok'} {_count} - {name}", flush=True)
    if not condition:
        _failed += 1
        for text in notes:
            note(text)
    return bool(condition)


def note(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def skip(name, why):
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {why}", flush=True)


def done():
    print(f"1..{_count}", flush=True)
    sys.exit(1 if _failed else 0)


def product(variable, path):
    """A file of the build: from the environment of `make test`, else from build/."""
    return os.environ.get(variable) or os.path.join(BUILD, path)


def run(command, **options):
    """The finished process, its output as text."""
    options.setdefault("timeout", 60)
    options.setdefault("check", False)
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
