# The C++ compiler on templates; the assembly must be the same to the byte.
# ways: default proof checking
set -eu
g++ -w -std=c++17 -O1 -S "$GEN/templates.cc" -o templates.s
g++ -w templates.s -o templates
sha256sum templates.s
./templates
