"""plots.py - a stored run as SVG pictures under bench/plots/, drawn by gnuplot.

scatter.svg   geometric means, time against peak RSS: the corner below left is the best
rows-wall.svg, rows-rss.svg   each row's ratio to its best: ashlar a bar, every other a dot
objects.svg   bytes of RSS an object beyond its size, when the run has them
idle-*.svg    RSS over time, a burst and the idle seconds after it, when the run has them

No background is drawn, and text and colours are of middling brightness: a reader's page may be
light or dark.  The same run gives the same bytes.
"""

import math
import os
import shutil
import subprocess
import sys

import report
import sections
from peers import AGAIN, OURS

DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plots")
TEXT, GRID = "#767676", "#80808050"
OTHER = "#a05fb4"  # a peer that the user named
COLOURS = {
    OURS: "#e0482f", "glibc": "#767676", "jemalloc": "#3b82c4", "mimalloc2": "#2a9d6f", "mimalloc3": "#1fa5a5",
    "tcmalloc": "#b0862b", "snmalloc": "#8f6bd6", "rpmalloc": "#c25fa0", "scudo": "#7a9a2e", "hardened_malloc": "#a0694b",
}
LEAST = 0.97  # where axes of ratios begin, so that a 1 can be seen
FARTHEST = 10  # ratios beyond stand at the edge, with an arrow's head
HEAD = """
set terminal svg size {width},{height} fixed font "sans-serif,13" noenhanced
set output "{path}"
set border 3 lc rgb "{text}" lw 1
set tics nomirror out scale 0.5 textcolor rgb "{text}"
set key textcolor rgb "{text}"
set grid lc rgb "{grid}" lt 1 lw 1
set title "{title}" textcolor rgb "{text}"
"""
RATIO_TICS = '("1" 1, "1.2" 1.2, "1.5" 1.5, "2" 2, "3" 3, "4" 4, "5" 5, "6" 6, "8" 8, "10" 10)'


def head(path, title, width, height):
    return HEAD.format(path=path, title=title, width=width, height=height, text=TEXT,
                       grid="#b0" + GRID[1:7])  # gnuplot puts the transparency first


def labels(x, y=None):
    said = f'set xlabel "{x}" textcolor rgb "{TEXT}"\n'
    return said + (f'set ylabel "{y}" textcolor rgb "{TEXT}"\n' if y else "")


def block(name, lines):
    """Data inside the script."""
    return f"${name} << EOD\n" + "\n".join(lines) + "\nEOD\n"


def colour(name):
    return COLOURS.get(name, OTHER)


def contestants(run):
    return [name for name in run["facts"]["allocators"] if name != AGAIN]


def overlap(one, other):
    """Boxes as (left, right, bottom, top)."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def label_box(name, x, y, side):
    """Where a name of about that many pixels stands beside its point."""
    across, up = side
    middle, half = x + across * (12 + 4 * len(name)), 4 * len(name)
    return (middle - half, middle + half, y + up * 17 - 8, y + up * 17 + 8)


def place_labels(points, far):
    """name -> gnuplot's words for its label: above its point, or where it hides nothing else."""
    words = {(0, 1): "center offset 0,0.9", (0, -1): "center offset 0,-0.9",
             (1, 0): "left offset 1,0", (-1, 0): "right offset -1,0"}
    # As in a plot of 620 by 335 pixels.
    at = {name: (620 * math.log(x / LEAST) / math.log(far[0] / LEAST), 335 * math.log(y / LEAST) / math.log(far[1] / LEAST))
          for name, x, y in points}
    taken = [(x - 6, x + 6, y - 6, y + 6) for x, y in at.values()]
    chosen = {}
    for name, (x, y) in at.items():
        clashes = {side: sum(overlap(label_box(name, x, y, side), box) for box in taken) for side in words}
        side = min(words, key=clashes.get)
        taken.append(label_box(name, x, y, side))
        chosen[name] = words[side]
    return chosen


def scatter(run, path):
    """One point an allocator."""
    names = contestants(run)
    wall = report.means(report.ratios(report.medians(run, "wall")), names)
    rss = report.means(report.ratios(report.medians(run, "rss")), names)
    points = [(name, wall[name], rss[name]) for name in names if wall[name]]
    far = [max(1.3, 1.15 * max(point[axis] for point in points)) for axis in (1, 2)]
    script = head(path, f"{len(run['results'])} workloads: time and memory; 1 is the best in every row", 720, 460)
    script += labels("wall time, geometric mean of the ratio to the best", "peak RSS, the same")
    script += f"set logscale xy\nset xtics {RATIO_TICS}\nset ytics {RATIO_TICS}\nunset key\n"
    script += f"set xrange [{LEAST}:{far[0]:.3f}]\nset yrange [{LEAST}:{far[1]:.3f}]\n"
    label, plots = place_labels(points, far), []
    for number, (name, x, y) in enumerate(points):
        script += block(f"p{number}", [f'{x:.3f} {y:.3f} "{name}"'])
        size = 1.5 if name == OURS else 0.9
        plots.append(f'$p{number} using 1:2 with points pt 7 ps {size} lc rgb "{colour(name)}"')
        plots.append(f'$p{number} using 1:2:3 with labels {label[name]} textcolor rgb "{colour(name)}"')
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def row_bars(run, key, path):
    """Rows from above to below; a bar for ashlar, a dot for each other."""
    divided = report.ratios(report.medians(run, key))
    height = 17 * len(divided) + 90
    bars, dots, beyond, tics = [], [], [], []
    for place, (row, cells) in enumerate(divided.items()):
        tics.append(f'"{row}" {-place}')
        for name, ratio in cells.items():
            if name == OURS:
                bars.append(f"1 {-place} {LEAST} {min(ratio, FARTHEST):.3f} {-place - 0.35:.2f} {-place + 0.35:.2f}")
            elif name != AGAIN:
                (dots if ratio <= FARTHEST else beyond).append(f"{min(ratio, FARTHEST):.3f} {-place}")
    # gnuplot wants at least one point in each block.
    nothing = ["NaN NaN NaN NaN NaN NaN"]
    script = head(path, f"{report.MEASURES[key].split(',')[0]}: ratio to the best of the row", 720, height)
    script += f"set logscale x\nset xrange [{LEAST}:{FARTHEST * 1.03}]\nset yrange [{-len(divided) + 0.4}:0.6]\n"
    script += f"set xtics {RATIO_TICS}\nset ytics ({', '.join(tics)}) scale 0\n"
    script += "set grid xtics noytics\nset key above horizontal samplen 2 width -1\nset lmargin 19\nset style fill solid 0.75 noborder\n"
    script += block("bars", bars or nothing) + block("dots", dots or nothing) + block("beyond", beyond or nothing)
    return script + (f'plot $bars using 1:2:3:4:5:6 with boxxyerror lc rgb "{colour(OURS)}" title "{OURS}", \\\n'
                     f'     $dots using 1:2 with points pt 7 ps 0.45 lc rgb "{COLOURS["jemalloc"]}" title "the others", \\\n'
                     f'     $beyond using 1:2 with points pt 9 ps 0.55 lc rgb "{COLOURS["jemalloc"]}" title "above {FARTHEST}"\n')


def objects(run, path):
    """One line an allocator: what is resident for each object beyond the size asked for."""
    results = run["objects"]
    sizes = {int(name.split("-")[1]): cells for name, cells in results.items() if name.startswith("objects-")}
    script = head(path, "10 million objects: bytes of RSS for each beyond its size", 720, 420)
    script += labels("size asked for, bytes", "bytes beyond the size, each")
    script += f"set key outside right center reverse Left samplen 1.5\nset xtics ({', '.join(map(str, sizes))})\nset yrange [0:*]\n"
    plots = []
    for number, name in enumerate(contestants(run)):
        values = {size: sections.value(cells[name], "bytes_per_object") for size, cells in sizes.items()}
        lines = [f"{size} {value - size:.2f}" for size, value in values.items() if value is not None]
        if lines:
            script += block(f"o{number}", lines)
            thick = 3 if name == OURS else 1.2
            plots.append(f'$o{number} using 1:2 with linespoints pt 7 ps 0.4 lw {thick} lc rgb "{colour(name)}" title "{name}"')
    # ashlar's line last, so that it lies on top.
    plots.sort(key=lambda words: f'title "{OURS}"' in words)
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def idle(run, report, path):
    """One line an allocator: its resident size over time; below them what is live at the end."""
    cells = {name: cell[-1] for name, cell in run["idle"][report].items() if cell and "samples" in cell[-1]}
    script = head(path, f"{report.removeprefix('idle-')}: resident MiB over time", 720, 360)
    script += labels("seconds", "RSS, MiB")
    script += "set key outside right center reverse Left samplen 1.5\nset xrange [0:*]\nset yrange [0:*]\n"
    plots, seconds, live = [], 0, None
    for number, name in enumerate(name for name in contestants(run) if name in cells):
        step, samples = cells[name]["every_ms"] / 1000, cells[name]["samples"]
        seconds, live = max(seconds, step * len(samples)), cells[name]["live_kib"] / 1024
        script += block(f"t{number}", [f"{place * step:.2f} {kib / 1024:.2f}" for place, kib in enumerate(samples) if kib])
        thick = 3 if name == OURS else 1.2
        plots.append(f'$t{number} using 1:2 with lines lw {thick} lc rgb "{colour(name)}" title "{name}"')
    plots.sort(key=lambda words: f'title "{OURS}"' in words)
    if live is not None:
        script += block("live", [f"0 {live:.2f}", f"{seconds:.2f} {live:.2f}"])
        plots.append(f'$live using 1:2 with lines dt 2 lw 1 lc rgb "{TEXT}" title "live at the end"')
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def draw(run):
    """All pictures this run has numbers for."""
    if not shutil.which("gnuplot"):
        sys.exit("bench: gnuplot is not installed; try  apt-get install gnuplot-nox")
    os.makedirs(DIRECTORY, exist_ok=True)
    pictures = {}
    if run.get("results"):
        pictures["scatter"] = scatter
        for key in ("wall", "rss"):
            pictures[f"rows-{key}"] = lambda its, path, key=key: row_bars(its, key, path)
    if "objects" in run:
        pictures["objects"] = objects
    for report in run.get("idle", {}):
        if report.startswith("idle-"):
            pictures[report] = lambda its, path, report=report: idle(its, report, path)
    for name, picture in pictures.items():
        path = os.path.join(DIRECTORY, name + ".svg")
        subprocess.run(["gnuplot"], input=picture(run, path), text=True, check=True)
        print(os.path.relpath(path))
