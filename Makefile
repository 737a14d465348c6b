# A thin front for meson:  make | run | test | port | fuzz | bench | install PREFIX=/usr/local | format | clean
#
# `make` alone installs what the build needs on Debian 12 and builds into build/.

# Debian's own python3 and meson come before whatever else this PATH finds first.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
export LC_ALL := C.UTF-8
export PYTHONDONTWRITEBYTECODE := 1

BUILD  ?= build
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)

ifneq ($(origin CC),default)
export CC
endif

.PHONY: all setup build run test port fuzz models mutate coverage sanitize soak bench install uninstall format format-check clean help

# Setting up comes before building, also under make -j; ninja does the parallel work.
.NOTPARALLEL:

all: setup build

setup:
	@scripts/setup build

# What is not up to date: the list of source files, then the objects.
build:
	@scripts/configure $(BUILD)
	@ninja -C $(BUILD) -j $(JOBS) --quiet product

# A real program that allocates hard, under the library.
run: all
	@scripts/run-demo $(BUILD)

# make test SUITE=spec runs one suite only.
test: all
	@scripts/setup test
	@scripts/run-tests $(BUILD) $(SUITE)

# Inputs made up for the library and for what the command reads: make fuzz SECONDS=600 ARGS=core
fuzz: all
	@scripts/setup test
	@scripts/fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

# The protocols of locks, remote frees and the idle drain, proved by spin.
models: all
	@scripts/setup test
	@scripts/models

# Seeded bugs, each of which a unit test must catch.
mutate: all
	@scripts/mutate

# Lines of src/ that the suites run, by clang's counters: some minutes; ARGS="--keep --missing src/top.c"
coverage:
	@scripts/setup build test
	@scripts/coverage $(ARGS)

# Every unit test under the address and undefined sanitizers, the storm under the thread sanitizer.
sanitize: all
	@scripts/setup test
	@scripts/sanitize $(BUILD)

# Real programs for half an hour, or so many seconds: make soak SECONDS=300
soak: all
	@scripts/setup test
	@scripts/soak $(if $(SECONDS),--seconds $(SECONDS)) $(BUILD)

# The other platforms, all their programs: some minutes; `make test` runs a chosen few.
port: all
	@scripts/setup test
	@PORT=full scripts/run-tests $(BUILD) port

# One run: make bench ARGS=--quick; what else there is: bench/run --help.
bench: all
	@scripts/setup bench
	@bench/run --build $(BUILD) $(ARGS)

install: all
	@scripts/configure $(BUILD) $(abspath $(PREFIX))
	@ninja -C $(BUILD) -j $(JOBS) --quiet product
	@meson install -C $(BUILD) --quiet --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))
	@echo "installed under $(DESTDIR)$(abspath $(PREFIX)); try: $(abspath $(PREFIX))/bin/ashlar run -- ls"

uninstall:
	@ninja -C $(BUILD) --quiet uninstall

format:
	@scripts/format

format-check:
	@scripts/format --check

clean:
	rm -rf $(BUILD)

help:
	@sed -n 1,3p Makefile
