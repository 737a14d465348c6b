# A C++ program: new in its forms, exceptions, futures, regex, and a new that must throw.
# needs: g++
# package: g++
# ways: default proof classic arena1 perturb checking
set -eu
[ -x "$KEEP/threads" ] || g++ -w -std=c++17 -O1 -pthread "$SRC/threads.cc" -o "$KEEP/threads"
"$KEEP/threads"
