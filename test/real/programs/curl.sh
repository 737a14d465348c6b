# curl's command line, on files.
# optional: a small extra, used where it is found
set -eu
curl -q --no-progress-meter "file://$GEN/text.txt" -o a "file://$GEN/data.csv" -o b --parallel
sha256sum a b
