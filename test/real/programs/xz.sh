# xz with two threads.
# package: xz-utils
set -eu
xz -T2 -3 --block-size=300KiB -k -c "$GEN/text.txt" >text.xz
sha256sum text.xz
xz -T2 -dc text.xz | cmp - "$GEN/text.txt"
xz -9e -c "$GEN/data.csv" | sha256sum
