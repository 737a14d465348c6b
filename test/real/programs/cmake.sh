# CMake's language: a C++ program of many small strings.
# optional: a small extra, used where it is found
set -eu
cat >work.cmake <<'CMAKE'
file(STRINGS "$ENV{GEN}/data.csv" lines LIMIT_COUNT 4000)
foreach(line IN LISTS lines)
    string(REGEX REPLACE "^([0-9]+),([a-z]+),.*$" "\\2" word "${line}")
    list(APPEND words "${word}")
    string(SHA256 hash "${word}${hash}")
endforeach()
list(SORT words)
list(REMOVE_DUPLICATES words)
list(LENGTH words count)
file(WRITE words.txt "${words}")
file(WRITE count.txt "${count} ${hash}\n")
CMAKE
cmake -P work.cmake
cat count.txt
sha256sum words.txt
