# Python: JSON, expressions, threads, processes, zlib, sqlite; again with every object from malloc.
# ways: default proof classic arena1 perturb checking
set -eu
python3 "$SRC/work.py"
PYTHONMALLOC=malloc python3 "$SRC/work.py"
