# bash: strings, arrays, pipes and a hundred forks.
set -eu
cat >work.bash <<'BASH'
declare -A count
while read -r -a words; do
    for word in "${words[@]:0:4}"; do
        count[$word]=$((${count[$word]:-0} + 1))
    done
done < <(head -n 6000 "$GEN/text.txt")
for word in "${!count[@]}"; do echo "$word ${count[$word]}"; done | sort | sha256sum
text=
for ((i = 0; i < 4000; i++)); do
    text+=${i//1/one}
    [[ $text =~ (one[0-9])$ ]] && text=${text/%${BASH_REMATCH[1]}/x}
done
echo ${#text}
for ((i = 0; i < 60; i++)); do made+=$(printf '%s' "$(echo $((i * i)) | tr 0-9 a-j)"); done
echo "$made"
mapfile -t lines <"$GEN/data.csv"
printf '%s\n' "${lines[@]:100:3}"
trap 'echo trapped' USR1
kill -USR1 $$
coproc cat
echo through >&"${COPROC[1]}"
read -r back <&"${COPROC[0]}"
echo "$back"
BASH
bash work.bash
