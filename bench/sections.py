"""sections.py - numbers that a workload tells of itself: bytes for each object, time at scale, and
what is still resident after three idle seconds.

The programs of rows.REPORTS print lines "name value" on standard error; here they are run, read
and laid out.  They are no rows: nothing of them goes into the geometric means of the report.
"""

import fnmatch
import statistics
import sys

import measure
import rows

LIMIT = 600  # seconds; 50 million live objects take a while to make
SECTIONS = {"objects": ["objects-*", "survivors*"], "scale": ["scale-*"], "idle": ["idle-*", "tides*"]}


def reports(section):
    return {name: report for name, report in rows.REPORTS.items()
            if any(fnmatch.fnmatch(name, glob) for glob in SECTIONS[section])}


def read_values(text, wanted):
    """The "name value" lines as numbers; all that were promised must be there."""
    values = dict(line.split() for line in text.splitlines() if len(line.split()) == 2)
    if not set(wanted) <= set(values):
        raise measure.Failed(f"it did not print {' '.join(sorted(set(wanted) - set(values)))}")
    return {name: float(values[name]) for name in wanted}


def read_samples(text, every):
    """The launcher's first line: KiB resident in even steps."""
    return {"every_ms": every, "samples": [int(word) for word in text.partition("\n")[0].split()]}


def ask(place, library, report):
    """One run: what the program printed, and what the launcher saw."""
    every = report.get("every")
    words = [f"--every={every}"] if every else []
    words += measure.preload(library, report) + [place.program(report["program"]), *report["arguments"]]
    said, printed = measure.launched(place, words, LIMIT)
    return {**measure.read_launcher(said), **read_values(printed, report["prints"]),
            **(read_samples(said, every) if every else {})}


def run(place, chosen, section, repeats):
    """section -> report -> allocator -> runs."""
    results = {}
    for name, report in reports(section).items():
        results[name] = measure.run_row(place, chosen, {**report, "run": ask}, max(repeats, report.get("repeats", 1)))
        measure.complain(name, results[name])
        print(f"bench: {name}", file=sys.stderr, flush=True)
    return results


def value(runs, key, of=statistics.median):
    """The median over the runs, or what else of them; None when one failed."""
    if not runs or any(key not in one for one in runs):
        return None
    return of(one[key] for one in runs)


def line(title, values, digits):
    cells = [f"{'failed' if cell is None else format(cell, f'.{digits}f'):>12}" for cell in values]
    return f"{title:26}" + "".join(cells)


def table(results, key, title, digits, names):
    """One line for each report that has such a value."""
    lines = [line(title, [], 0) + "".join(f"{name:>12.11}" for name in names)]
    for report, cells in results.items():
        if key in rows.REPORTS.get(report, {}).get("prints", []):
            lines.append(line(report, [value(cells[name], key) for name in names], digits))
    return lines


def quotient(cells, above, below):
    over, under = value(cells, above), value(cells, below)
    return over / under if over is not None and under else None


def survivors_lines(results, names):
    """What is resident for each live byte after the burst: 1.00 would be no waste at all."""
    return [line(f"{report}: RSS/live", [quotient(results[report][name], "end_rss_kib", "end_live_kib")
                                         for name in names], 2)
            for report in results if report.startswith("survivors")]


def idle_line(title, first, values, digits=1):
    """A line whose first column, what is live, may be empty."""
    return line(f"{title:26}" + (f"{first:12.1f}" if first is not None else " " * 12), values, digits)


def mebibytes(cells, names, key):
    kib = [value(cells[name], key) for name in names]
    return [one / 1024 if one is not None else None for one in kib]


def idle_lines(results, names):
    """MiB resident after three seconds without a call, beside what is live and what was resident before."""
    lines = ["MiB after 3 s idle" + " " * 16 + "live" + "".join(f"{name:>12.11}" for name in names)]
    for report, cells in results.items():
        if report.startswith("idle-"):
            live = next((one for one in mebibytes(cells, names, "live_kib") if one is not None), None)
            lines.append(idle_line(report, live, mebibytes(cells, names, "idle_kib")))
            lines.append(idle_line("  right after the frees", None, mebibytes(cells, names, "before_kib")))
    return lines + tides_lines(results, names)


def tides_lines(results, names):
    """What giving back costs: CPU seconds of the tides, and with ashlar told to keep all; of the others the
    ratio shows the noise.  The least of the runs counts, because noise only adds."""
    if "tides" not in results:
        return []
    spent, kept = ([value(results[report][name], "cpu", min) for name in names] for report in ("tides", "tides-kept"))
    ratios = [one / other if one is not None and other else None for one, other in zip(spent, kept)]
    return [idle_line("tides: CPU seconds", None, spent, 3), idle_line("  when ashlar keeps all", None, kept, 3),
            idle_line("  ratio", None, ratios, 3)]


def show(run_kept):
    """The sections that a run has, on stdout."""
    names = list(run_kept["facts"]["allocators"])
    if "objects" in run_kept:
        print("\n".join(table(run_kept["objects"], "bytes_per_object", "bytes of RSS an object", 1, names)
                        + survivors_lines(run_kept["objects"], names)), end="\n\n")
    if "scale" in run_kept:
        print("\n".join(table(run_kept["scale"], "ns_per_operation", "ns an operation", 1, names)), end="\n\n")
    if "idle" in run_kept:
        print("\n".join(idle_lines(run_kept["idle"], names)), end="\n\n")
