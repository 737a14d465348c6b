# mawk.
set -eu
mawk -f "$SRC/work.awk" "$GEN/text.txt"
