# The C compiler, assembler and linker: the object and the program must be the same to the byte.
# ways: default proof classic perturb checking
set -eu
gcc -w -O2 -c "$GEN/program.c" -o program.o
gcc -w -O1 -g0 -S "$GEN/program.c" -o program.s
gcc -w -Wl,--build-id=none program.o -o program
sha256sum program.o program.s program
./program
