# LLVM's linker with two threads, on an object with debug information.
# needs: ld.lld gcc
# optional: a small extra, used where it is found
# ways: default proof arena1 checking
set -eu
[ -f "$KEEP/program.o" ] ||
    gcc -w -g -fPIC -ffunction-sections -fdebug-prefix-map="$PWD"=. -O1 -c "$GEN/program.c" \
        -o "$KEEP/program.o"
for n in 1 2 3 4; do
    ld.lld --threads=2 --gc-sections --icf=all --build-id=sha1 -shared "$KEEP/program.o" -o made.so
    sha256sum made.so
done
