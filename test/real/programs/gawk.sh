# GNU awk.
set -eu
gawk -f "$SRC/work.awk" "$GEN/text.txt"
