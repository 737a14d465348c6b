"""Which programs of the suites stand for all of them in `make test`, and what cannot hold where."""

# One module each against its model: layout, arithmetic, atomics and the kernel's answers.
UNIT = """arena bins bins_row cpus demand fastbins inbox json lock mapped medium print rows runs spans
tcache tcache_entry timeline top tune words""".split()
# The specification's numbers, and the articles' experiments.
SPEC = """arenas arenas-classic bins_classic-classic chunks chunks-classic density_default e1_break e2_mapping
e3_threads e4_first_byte e5_mapped e6_give_back e7_shared_arena e8_two_arenas fallback fastbins_classic-classic
main_arena main_arena-classic mapped_threshold order_classic-classic state thread_cache_default""".split()
API = """calloc-preload calloc-static errno-linked errno-preload errno-static fork-preload fork-static
thread_exit-linked thread_exit-static zero_size-linked cxx_handler-linked cxx_handler-static cancel-preload""".split()

QUICK = [f"unit/{name}" for name in UNIT] + [f"spec/{name}" for name in SPEC] + [f"api/{name}" for name in API]
# Under qemu-user, which takes its time, and whose /proc tells little: no [heap] that spec/ looks for.
QUICK_QEMU = [f"unit/{name}" for name in UNIT]
QUICK_QEMU += [f"api/{name}" for name in API if not name.startswith(("calloc", "cxx_handler", "fork"))]

# qemu-user answers for the kernel, and not all of it.
RESERVED = "qemu-user: mincore() denies what is reserved, and it keeps the addresses above the break"
QEMU = {
    "unit/heap": RESERVED,
    "unit/top": RESERVED,
    "unit/idle": "qemu-user: /proc/self/task/N/syscall tells of qemu's stack, so no cache is emptied by others",
    "unit/tcache_moments": "qemu-user: fork at every instruction of others takes minutes",
    "api/cxx_handler": "qemu-user: limits of memory are qemu's own",
    "api/fork": "qemu-user 7.2 fails an assert of its own after a fork beside threads",
    "unit/fork": "qemu-user: its forks of many threads are not the kernel's",
    "api/calloc": "qemu-user: resident pages are qemu's",
    "unit/places": "qemu-user: resident pages are qemu's",
    "unit/residence": "qemu-user: resident pages are qemu's",
}

NUMBERS = "its numbers are those of words of 64 bits"
I386 = {f"api/{name}": NUMBERS for name in """alignment ashlar_stats cxx_new eight_bytes mallinfo mallopt realloc
runs runs_limit runs_threads sizes spans""".split()}
I386 |= {f"spec/{name}": NUMBERS for name in ("comes_back_calls", "comes_back_limits")}
I386["spec/comes_back_trim"] = "addresses that code leaves on the stack keep caches of sleeping threads shut"
MUSL = {
    "unit/arena": "musl's sbrk() refuses to move the break: its own allocator moves it unasked",
    "unit/top": "musl's sbrk() refuses to move the break: its own allocator moves it unasked",
    "unit/lock": "musl does not say that a process has one thread only",
    "unit/idle": "musl has no getcontext() to make a signal's stack with",
}
MUSL_QUICK = [f"unit/{name}" for name in UNIT + ["heap", "keeper", "purge"]]
CLANG = {}

# What counts in pages, and what is aligned to them.  unit/rows and spans want units of 8 KiB, which
# larger pages do not give; unit/mapped knows mappings to be shorter than 64 KiB pages make them.
PAGES = [f"unit/{name}" for name in "bins fastbins medium tcache tcache_entry tune".split()]
PAGES += ["api/errno-preload", "api/errno-static"]
