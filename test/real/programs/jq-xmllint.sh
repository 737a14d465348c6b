# jq and xmllint.
# needs: jq xmllint
# optional: a small extra, used where it is found
set -eu
jq -S '[.[] | select(.id % 3 == 0) | {id, n: (.name | ascii_upcase), t: (.tags | sort)}]
    | group_by(.t[0])' \
    "$GEN/records.json" | sha256sum
jq -r '.[] | [.id, .place.x, .place.note] | @csv' "$GEN/records.json" | sha256sum
xmllint --format "$GEN/page.xml" | sha256sum
xmllint --xpath '//record[place/@x > 900]/name' "$GEN/page.xml" | sha256sum
