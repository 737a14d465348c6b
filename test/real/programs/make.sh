# GNU make: 300 rules, pattern rules, functions, two jobs at a time.
set -eu
cat >Makefile <<'MAKE'
SHELL := /bin/sh
N := $(shell seq 1 300)
PARTS := $(foreach n,$(N),part$(n).out)
all: total
total: $(PARTS)
	@cat $(sort $^) >$@
part%.out: part%.in
	@tr 0-9 a-j <$< >$@
part%.in:
	@echo '$* $(words $(wordlist 1,$*,$(N))) $(lastword $(wordlist 1,$*,$(N)))' >$@
MAKE
make -s -j2
sha256sum total
make -s -n -B -j1 | sort | sha256sum
make -rpn 2>/dev/null | grep -c '^part.*:'
make -q && echo up to date
