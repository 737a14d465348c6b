# zstd with two worker threads.
# optional: a small extra, used where it is found
set -eu
zstd -q -T2 -12 -c "$GEN/text.txt" | sha256sum
zstd -q -T2 -3 -c "$GEN/data.csv" | zstd -dc | cmp - "$GEN/data.csv"
