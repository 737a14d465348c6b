"""noise.py - how far two equal things differ here, and what changed between two stored runs.

A difference means something when it is larger than the A/A run's on the same row.
"""

import statistics

from peers import AGAIN, OURS
from report import MEASURES, geometric_mean, medians, number

NAMED = {"wall": "wall", "cpu": "CPU", "rss": "RSS"}


def spread(runs, key):
    """How far the runs of one cell lie apart: (largest - smallest) / median."""
    values = [one[key] for one in runs if key in one]
    middle = statistics.median(values) if len(values) > 1 else 0
    return (max(values) - min(values)) / middle if middle else None


def spread_line(run, key):
    """The spread of all cells of a run, or nothing when each ran once."""
    cells = [spread(runs, key) for row in run["results"].values() for runs in row.values()]
    cells = sorted(cell for cell in cells if cell is not None)
    if not cells:
        return []
    return [f"{NAMED[key]:5} the runs of one cell lie {statistics.median(cells):.1%} apart (median), "
            f"{cells[-1 - len(cells) // 10]:.1%} (worst tenth)"]


def quotients(above, below):
    """row -> quotient, of two {row: value}."""
    return {row: above[row] / below[row] for row in above if row in below}


def column(run, key, name):
    return {row: cells[name] for row, cells in medians(run, key).items() if name in cells}


def quotient_line(key, both):
    """How far from 1 the quotients are, as a sentence."""
    if not both:
        return f"{NAMED[key]:5} no row in common"
    off = sorted(abs(value - 1) for value in both.values())
    worst = max(both, key=lambda row: abs(both[row] - 1))
    return (f"{NAMED[key]:5} geometric mean {geometric_mean(both.values()):.3f}; rows differ by "
            f"{statistics.median(off):.1%} (median), {off[-1 - len(off) // 10]:.1%} (worst tenth), "
            f"at most {off[-1]:.1%} ({worst})")


def table(columns, names):
    """row by row, {column: {row: quotient}}."""
    all_rows = [row for row in names if any(row in both for both in columns.values())]
    width = max(16, *(len(row) + 1 for row in all_rows)) if all_rows else 16
    head = [f"{'':{width}}" + "".join(f"{NAMED[key]:>8}" for key in columns)]
    return head + [f"{row:{width}}" + "".join(number(both.get(row), 8, 3, "-") for both in columns.values())
                   for row in all_rows]


def lines(run):
    """What a run says of its own noise."""
    said = []
    if AGAIN in run["facts"]["allocators"]:
        both = {key: quotients(column(run, key, AGAIN), column(run, key, OURS)) for key in MEASURES}
        said += ["A/A: the second ashlar divided by the first", *table(both, run["results"])]
        said += [quotient_line(key, both[key]) for key in MEASURES]
    for key in MEASURES:
        said += spread_line(run, key)
    return said


def drift_line(before, after, names):
    """Of the others, which did not change, one expects 1: what they show is the machine's."""
    means = []
    for key in MEASURES:
        all_quotients = [value for name in names for value in
                         quotients(column(after, key, name), column(before, key, name)).values()]
        means.append(f"{NAMED[key]} {geometric_mean(all_quotients):.3f}" if all_quotients else "")
    return f"the others ({', '.join(names)}) in the same rows: {', '.join(means)}"


def compare(before, after, name):
    """Two stored runs: the later divided by the earlier, for one allocator."""
    print(f"{name}: {after['facts']['date']} divided by {before['facts']['date']}; below 1 is faster, leaner")
    both = {key: quotients(column(after, key, name), column(before, key, name)) for key in MEASURES}
    print("\n".join(table(both, after["results"])))
    print("\n".join(quotient_line(key, both[key]) for key in MEASURES))
    others = [other for other in before["facts"]["allocators"]
              if other in after["facts"]["allocators"] and other not in (OURS, AGAIN, name)]
    if others:
        print(drift_line(before, after, others))
