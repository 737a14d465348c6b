# groff, an old C++ program, on a page as man would set it.
# check: test -r /usr/share/groff/current/tmac/an.tmac
# optional: a small extra, used where it is found
set -eu
{ echo '.TH WORDS 1 2001-02-03'; echo '.SH TEXT'; head -n 3000 "$GEN/text.txt"; } >words.1
groff -man -Tutf8 words.1 | sha256sum
groff -man -Tps words.1 | grep -v '^%%' | sha256sum
