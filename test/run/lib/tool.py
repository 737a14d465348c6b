"""What every script here needs: TAP lines, a scratch directory, and `ashlar` run in a clean
environment (no ASHLAR_ variable and no LD_PRELOAD of the caller reaches it)."""

import atexit
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

TOOL = os.environ["TEST_TOOL"]
LIBRARY = os.environ["TEST_LIBRARY"]
PROGRAMS = os.environ["TEST_PROGRAMS"]
SOURCE = os.environ["TEST_SOURCE"]
VICTIM = os.path.join(PROGRAMS, "run-victim")
LIMIT = 20  # seconds that any one command may take

_count = 0
_failed = 0


def ok(holds, name, *details):
    """One TAP line; the details are shown only when it does not hold."""
    global _count, _failed
    _count += 1
    print(f"{'ok' if holds else 'not ok'} {_count} - {name}")
    if not holds:
        _failed += 1
        for detail in details:
            for line in str(detail).split("\n"):
                print(f"#   {line}")


def equal(got, wanted, name):
    ok(got == wanted, name, f"got:    {got!r}", f"wanted: {wanted!r}")


def skip(name, why):
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {why}")


def done():
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)


def scratch():
    """A directory that is gone when the test ends; every user may look into it."""
    directory = tempfile.mkdtemp(prefix="ashlar-run-")
    os.chmod(directory, 0o755)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def environment(**more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ASHLAR_") and k != "LD_PRELOAD"}
    clean["LC_ALL"] = "C"
    clean.update(more)
    return clean


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr


def ashlar(*words, tool=TOOL, env=None, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    if "input" in more:
        del more["stdin"]
    return Result(subprocess.run([tool, *words], env=env or environment(), text=True, timeout=LIMIT,
                                 stdout=more.pop("stdout", subprocess.PIPE),
                                 stderr=more.pop("stderr", subprocess.PIPE), **more))


def on_terminal(*words, env=None):
    """Run the tool with a terminal for all three descriptors; its pid, wait status and screen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(TOOL, [TOOL, *words], env or environment())
    screen, end = b"", time.monotonic() + LIMIT
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.5)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # EIO: the last one who had the terminal open is gone
            break
        if not piece:
            break
        screen += piece
    else:
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return pid, status, screen.decode("utf-8", "replace").replace("\r\n", "\n")


def write_file(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path
