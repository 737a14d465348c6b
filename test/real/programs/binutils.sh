# objdump, nm, readelf, strip, ar and ld on an object with debug information.
# needs: gcc objdump nm readelf strip ar ld
# package: binutils
set -eu
[ -f "$KEEP/program.o" ] ||
    gcc -w -g -fdebug-prefix-map="$PWD"=. -O1 -c "$GEN/program.c" -o "$KEEP/program.o"
cp "$KEEP/program.o" .
objdump -d program.o | sha256sum
objdump --dwarf=info program.o | grep -v 'DW_AT_comp_dir\|DW_AT_producer' | sha256sum
nm -n program.o | sha256sum
readelf -aW program.o | sha256sum
strip --strip-debug -o small.o program.o
ar rcsD lib.a program.o small.o
ar t lib.a
ld -r -o joined.o small.o
sha256sum small.o joined.o
