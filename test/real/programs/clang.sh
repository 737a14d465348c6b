# clang, with LLVM behind it.
# ways: default proof checking
set -eu
clang -w -O2 -c "$GEN/program.c" -o program.o
clang -w -O0 -S -emit-llvm "$GEN/program.c" -o program.ll
sha256sum program.o program.ll
