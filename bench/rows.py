"""rows.py - the rows of our own workloads: which program with which arguments, and what it stands for.

ROWS, in the order they are shown.  Each program's head comment tells more and names its arguments.
Kinds: "single" (one thread), "threads", "memory" (what lives and what stays resident), "startup".
Rows marked quick are the part that --quick runs.  REPORTS are the same programs asked for numbers
of their own, which the launcher cannot see: they print lines "name value" on standard error.
"""


def single(program, *arguments, follows, stands_for, **more):
    return row("single", program, arguments, follows, stands_for, **more)


def threads(program, *arguments, follows, stands_for, **more):
    return row("threads", program, arguments, follows, stands_for, **more)


def memory(program, *arguments, follows, stands_for, **more):
    return row("memory", program, arguments, follows, stands_for, **more)


def row(kind, program, arguments, follows, stands_for, **more):
    return {"program": program, "arguments": [str(word) for word in arguments], "kind": kind,
            "follows": follows, "stands_for": stands_for, **more}


# What several rows share.
SIMPLE = {"follows": "bench-malloc-simple (glibc), sizes 16 to 4096", "stands_for": "temporaries in inner loops"}
THREAD = {"follows": "bench-malloc-thread (glibc)", "stands_for": "worker threads that share nothing"}
LIVE = {"follows": "Larson and Krishnan's single-threaded phase", "stands_for": "a cache or an interpreter's heap"}
LARSON = {"follows": "Larson and Krishnan 1998", "stands_for": "a server with a thread for each connection"}
XMALLOC = {"follows": "xmalloc-test (Lever and Boreham 2000)", "stands_for": "producers and consumers at one queue"}
PIPELINE = {"follows": "Lever and Boreham's second benchmark", "stands_for": "the stages of a pipeline"}
SH6 = {"follows": "sh6bench (MicroQuill)", "stands_for": "a compiler's passes"}
SH8 = {"follows": "sh8bench (MicroQuill)", "stands_for": "a server's phases, other objects in each"}
MSTRESS = {"follows": "mstress (mimalloc)", "stands_for": "task schedulers whose results travel"}
RPTEST = {"follows": "rptest (rpmalloc)", "stands_for": "parallel tasks that send messages"}
CHURN = {"follows": "thread churn of mstress and rptest", "stands_for": "a thread for each task"}
ALLOC_TEST = {"follows": "alloc-test (IT Hare 2018)", "stands_for": "objects of large C++ programs"}
SCRATCH = {"follows": "cache-scratch (Hoard)", "stands_for": "work items made by one thread, replaced by others"}
THRASH = {"follows": "cache-thrash (Hoard)", "stands_for": "small results that threads make for themselves"}
LARGE = {"follows": "malloc-large (mimalloc-bench)", "stands_for": "images and matrices"}
MLEAK = {"follows": "mleak (mimalloc-bench)", "stands_for": "a thread for each request"}
OBJECTS = {"follows": "bytes of RSS for each of 10 million objects", "stands_for": "nodes of lists, trees and syntax"}
BURST = {"follows": "Wilson and others 1995, peaks", "stands_for": "caches that are flushed"}

ROWS = {
    "pair-1": single("pair", 1, 4000000, **SIMPLE, quick=True),
    "pair-25": single("pair", 25, 3000000, **SIMPLE),
    "pair-400": single("pair", 400, 1200000, **SIMPLE),
    "pair-1600": single("pair", 1600, 960000, **SIMPLE, quick=True),
    "live-50k": single("live", 10000000, 50000, **LIVE),
    "live-1M": single("live", 3000000, 1000000, **LIVE, quick=True),
    "batch-1": single("batch", 1, 1000, **SH6, quick=True),
    "shift-1": single("shift", 1, 1500, **SH8),
    "lifetimes-1": single("lifetimes", 1, 10000000, 200000, **ALLOC_TEST),
    "algebra": single("algebra", 2, 2, follows="cfrac (Zorn)", stands_for="computer algebra", quick=True),
    "logic": single("cubes", 600, 12, 100, follows="espresso (Berkeley)", stands_for="compilers, provers, circuit tools"),
    "strings": single("strings", 3, 300000, follows="JSON parsers and text tools",
                      stands_for="scripts, logs, serialisation", quick=True),
    "map": single("map", 4000000, 500000, follows="std::unordered_map, redis's dict", stands_for="in-memory stores"),
    "growth-many": single("growth", 200, 1024, 200000, follows="list_resize, std::vector",
                          stands_for="vectors side by side", quick=True),
    "growth-one": single("growth", 1, 262144, 430, follows="list_resize", stands_for="a file read into one buffer"),
    "large-sparse": single("large", 5000, 20, 5000, 25000, 0, **LARGE, quick=True),
    "large-whole": single("large", 300, 20, 5000, 25000, 1, **LARGE),
    "large-1-4M": single("large", 3000, 4, 1024, 4096, 1, **LARGE),
    "server-2": threads("server", 2, 60, **LARSON, quick=True),
    "server-8": threads("server", 8, 12, **LARSON),
    "exchange-64B-2": threads("exchange", 1, 2000, 64, **XMALLOC, quick=True),
    "exchange-64B-8": threads("exchange", 4, 500, 64, **XMALLOC),
    "exchange-mixed-2": threads("exchange", 1, 1500, 0, **XMALLOC),
    "exchange-mixed-8": threads("exchange", 4, 400, 0, **XMALLOC, quick=True),
    "pipeline-2": threads("pipeline", 1, 30000, **PIPELINE),
    "pipeline-8": threads("pipeline", 4, 15000, **PIPELINE),
    "batch-2": threads("batch", 2, 500, **SH6),
    "batch-8": threads("batch", 8, 125, **SH6, quick=True),
    "shift-2": threads("shift", 2, 800, **SH8, quick=True),
    "shift-8": threads("shift", 8, 200, **SH8),
    "replace-2": threads("replace", 2, 30000000, **THREAD),
    "replace-8": threads("replace", 8, 8000000, **THREAD),
    "transfer-2": threads("transfer", 2, 1600000, **MSTRESS, quick=True),
    "transfer-8": threads("transfer", 8, 400000, **MSTRESS),
    "cross-2": threads("cross", 2, 10, 3000, **RPTEST),
    "cross-8": threads("cross", 8, 10, 750, **RPTEST, quick=True),
    "cross-128K-2": threads("cross", 2, 10, 1000, 128000, **RPTEST),
    "cross-128K-8": threads("cross", 8, 10, 150, 128000, **RPTEST),
    "lifetimes-2": threads("lifetimes", 2, 8000000, 100000, **ALLOC_TEST),
    "lifetimes-8": threads("lifetimes", 8, 2000000, 100000, **ALLOC_TEST),
    "scratch-2": threads("scratch", 2, 4000, 20000, 8, **SCRATCH),
    "scratch-8": threads("scratch", 8, 4000, 20000, 8, **SCRATCH),
    "thrash-2": threads("thrash", 2, 4000, 20000, 8, **THRASH),
    "thrash-8": threads("thrash", 8, 4000, 20000, 8, **THRASH),
    "churn-2": threads("churn", 2, 6000, **CHURN),
    "churn-8": threads("churn", 8, 6000, **CHURN),
    "leak": threads("leak", 2000, 10, **MLEAK, quick=True),
    "scale-64-threads": threads("scale", 1024000, 64, 30720000, follows="scaling plots",
                                stands_for="a service that has grown"),
    "objects-8": memory("objects", 8, **OBJECTS),
    "objects-16": memory("objects", 16, **OBJECTS, quick=True),
    "objects-24": memory("objects", 24, **OBJECTS),
    "objects-32": memory("objects", 32, **OBJECTS),
    "objects-48": memory("objects", 48, **OBJECTS, quick=True),
    "objects-64": memory("objects", 64, **OBJECTS),
    "objects-100": memory("objects", 100, **OBJECTS),
    "survivors": memory("survivors", 6, 500000, **BURST, quick=True),
    "startup": row("startup", "startup", [700], "/bin/true", "shell scripts, configure runs", quick=True),
}

# name: program and arguments, and the names of the lines it prints; "every": its resident size is
# noted in steps of so many ms; "repeats": how often it runs at least.
REPORTS = {
    **{f"objects-{n}": {"program": "objects", "arguments": [str(n), "10000000", "--rss"],
                        "prints": ["bytes_per_object"]} for n in (8, 16, 24, 32, 48, 64, 100)},
    "survivors": {"program": "survivors", "arguments": ["6", "500000", "--rss"],
                  "prints": ["peak_live_kib", "end_live_kib", "end_rss_kib"]},
    **{f"scale-{name}-objects": {"program": "scale", "arguments": [str(live), "1", "20000000", str(changed), "--time"],
                                 "prints": ["ns_per_operation"]}
       for name, live, changed in (("1M", 10**6, 10**6), ("50M", 50 * 10**6, 50 * 10**6), ("50M-still", 50 * 10**6, 10**6))},
    **{f"scale-{n}-threads": {"program": "scale", "arguments": [str(2000 * n), str(n), "20480000", str(2000 * n), "--time"],
                              "prints": ["ns_per_operation"]} for n in (1, 8, 64, 512)},
    **{f"idle-{name}": {"program": name, "arguments": arguments, "every": 50,
                        "prints": ["live_kib", "before_kib", "idle_kib"]}
       for name, arguments in (("burst", ["200"]), ("strays", []), ("sleepers", ["200", "200"]), ("drip", ["5"]),
                               ("tide", ["30", "64"]))},
    "tides": {"program": "tide", "arguments": ["20", "64", "--cost"], "prints": [], "repeats": 5},
    "tides-kept": {"program": "tide", "arguments": ["20", "64", "--cost"], "prints": [], "repeats": 5,
                   "environment": {"ASHLAR_DECAY": "-1"}},
}
