# A program under valgrind's core: it must find its feet in an address space that valgrind arranges.
# needs: valgrind gcc
# optional: a large extra, used where it is found
# ways: default classic
set -eu
[ -x "$KEEP/program" ] || gcc -w -O1 "$GEN/program.c" -o "$KEEP/program"
valgrind --tool=none -q "$KEEP/program"
