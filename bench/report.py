"""report.py - what a run amounts to: medians, ratios to the best, geometric means; as tables.

The measure: in each row an allocator's median is divided by the best median of *all* allocators of
that row, ashlar among them; the geometric mean over the rows is the figure.  1.00 would be the best
in every row.  Beside it stands ashlar's ratio to the best *peer*, which can be below 1.
"""

import math
import statistics

from peers import AGAIN, OURS

MEASURES = {"wall": "wall time, seconds", "cpu": "CPU time, seconds", "rss": "peak RSS, MiB"}
# Ratios of ashlar beyond which a row gets a mark: the goal's limit, and the first mark's.
LIMITS = {"wall": (1.20, 1.50), "cpu": (1.20, 1.50), "rss": (1.20, 1.50)}
TINY = {"wall": 1e-4, "cpu": 1e-4, "rss": 1e-2}  # a clock's step; nothing is faster than that


def medians(run, key):
    """table[row][allocator], without the cells of a failed run."""
    table = {}
    for row, cells in run["results"].items():
        table[row] = {
            name: max(TINY[key], statistics.median(one[key] for one in runs))
            for name, runs in cells.items()
            if runs and not any("failed" in one for one in runs)
        }
    return table


def competing(cells):
    """Those who count for the best of a row: the second ashlar of an A/A run is the first again."""
    return {name: value for name, value in cells.items() if name != AGAIN}


def ratios(table):
    """The same table, divided by the best of each row."""
    divided = {}
    for row, cells in table.items():
        best = min(competing(cells).values(), default=None)
        divided[row] = {name: value / best for name, value in cells.items()} if best else {}
    return divided


def to_best_peer(table):
    """row -> ashlar's ratio to the best of the others."""
    result = {}
    for row, cells in table.items():
        others = [value for name, value in competing(cells).items() if name != OURS]
        if OURS in cells and others:
            result[row] = cells[OURS] / min(others)
    return result


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def means(divided, names):
    """name -> geometric mean over the rows it did not fail in."""
    return {name: geometric_mean(cells[name] for cells in divided.values() if name in cells) for name in names}


def mark(key, ratio):
    near, far = LIMITS[key]
    return "!!" if ratio > far else "! " if ratio > near else "  "


def number(value, width, digits=2, without="failed"):
    return f"{value:{width}.{digits}f}" if value is not None else f"{without:>{width}}"


def column_width(names):
    return max(10, *(len(name) + 1 for name in names))


def heading(names, width, ours):
    column = column_width(names)
    return f"{'':{width}}{'best':>12}{ours}" + "".join(f"{name:>{column}}" for name in names)


def row_line(key, cells, divided, peer, names):
    """Best of the row, ashlar's ratio to the best peer with its mark, everybody's ratio to the best."""
    line = number(min(competing(cells).values(), default=None), 12, 3)
    if OURS in names:
        line += number(peer, 9, 2, "-") + f" {mark(key, divided.get(OURS, 1))}"
    column = column_width(names)
    return line + "".join(number(divided.get(name), column) for name in names)


def mean_line(divided, peer, names):
    mean = means(divided, names)
    ours = number(geometric_mean(peer.values()), 9, 3, "-") + "   " if OURS in names else ""
    column = column_width(names)
    return " " * 12 + ours + "".join(number(mean[name], column, 3) for name in names)


def table_lines(run, key):
    """One measure of all rows, as lines."""
    names = list(run["facts"]["allocators"])
    table = medians(run, key)
    divided, peer = ratios(table), to_best_peer(table)
    width = max(16, *(len(row) + 1 for row in table))
    ours = OURS in names
    lines = [f"{MEASURES[key]}: best of the row; ratio to it"
             + ("; /peer is ashlar's ratio to the best peer" if ours else "")]
    lines.append(heading(names, width, "    /peer   " if ours else ""))
    lines += [f"{row:{width}}{row_line(key, table[row], divided[row], peer.get(row), names)}" for row in table]
    lines.append(f"{'geometric mean':{width}}{mean_line(divided, peer, names)}")
    return lines + verdict(key, divided)


def verdict(key, divided):
    """Which rows of ashlar are above the limits."""
    near, far = LIMITS[key]
    mine = {row: cells[OURS] for row, cells in divided.items() if OURS in cells}
    if not mine:
        return []
    above = sorted((row for row in mine if mine[row] > near), key=mine.get, reverse=True)
    beyond = sum(mine[row] > far for row in above)
    said = ", ".join(f"{row} {mine[row]:.2f}" for row in above)
    return [f"ashlar above {near:.2f} (!): {len(above)} of {len(mine)} rows, above {far:.2f} (!!): {beyond}"
            + (f": {said}" if said else "")]


def summary_lines(run):
    """The geometric means of all measures side by side, best first."""
    names = [name for name in run["facts"]["allocators"] if name != AGAIN]
    mean = {key: means(ratios(medians(run, key)), names) for key in MEASURES}
    ran = {name: sum(name in cells for cells in medians(run, "wall").values()) for name in names}
    rows = len(run["results"])
    lines = [f"geometric mean over {rows} rows of the ratio to the best of each row",
             f"{'':18}{'wall':>8}{'CPU':>8}{'RSS':>8}"]
    for name in sorted(names, key=lambda name: mean["wall"][name] or math.inf):
        line = f"{name:18}" + "".join(number(mean[key][name], 8, 3) for key in MEASURES)
        lines.append(line + (f"   ran in {ran[name]} rows only" if ran[name] < rows else ""))
    return lines


def facts_lines(run):
    facts = run["facts"]
    names = ", ".join(f"{name} ({version})" for name, version in facts["allocators"].items() if name != AGAIN)
    return [f"{facts['date']}: {facts['cpus']} CPUs ({facts.get('processor', '')}), Linux {facts['kernel']}, "
            f"{facts['repeats']} runs a cell, medians", names,
            f"it took {facts.get('seconds', 0)} s, in which others used {facts.get('others', 0):.0%} of the CPUs "
            f"and the machine's host {facts.get('stolen', 0):.0%}"]


def show(run, noise):
    """The whole report on stdout; the lines about noise stand before the summary."""
    blocks = [facts_lines(run)]
    if run.get("results"):
        blocks += [table_lines(run, key) for key in MEASURES]
        blocks += [noise, summary_lines(run)]
    for block in filter(None, blocks):
        print("\n".join(block), end="\n\n")
