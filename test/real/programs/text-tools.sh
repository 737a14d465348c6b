# grep, sed, find and diff.
# needs: grep sed find diff
# package: grep sed findutils diffutils
set -eu
grep -cE '(shi|tel)+(ka|ro)\b' "$GEN/text.txt"
grep -o -b -i 'GAR[a-z]*' "$GEN/text.txt" | sha256sum
sed -E -e 's/(\w+)(ka|ro)\b/\2\1/g' -e '/^te/d' -e '$!N;s/\n/ /' "$GEN/text.txt" >changed
sha256sum changed
(cd "$GEN" && find tree -name '*7*.txt' -size +1 -printf '%p %s\n' | sort) | sha256sum
diff -u "$GEN/text.txt" changed | tail -n +3 | sha256sum
