# sort with two threads and little memory (it spills and merges), and its neighbours in coreutils.
# package: coreutils
set -eu
tr ' ' '\n' <"$GEN/text.txt" >words
sort -S 1M --parallel=2 words | sha256sum
sort -S 8M --parallel=2 -t, -k3,3nr -k2,2 "$GEN/data.csv" | sha256sum
sort -u words | wc -l
sort words | uniq -c | sort -k1,1nr -k2 | head -n 20
sort words >a
sort -u words >b
comm -12 a b | sha256sum
join -t, -1 2 -2 1 "$GEN/data.csv" b 2>/dev/null | wc -l
tac words | shuf --random-source=words | sha256sum
