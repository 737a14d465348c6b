# Java, compiled and run from the single source file.
# check: java --list-modules | grep -q jdk.compiler
# package: default-jdk-headless
# optional: 190 MB to install, so it runs where it is found
# ways: default proof checking
set -eu
java -Xmx512m "$SRC/Work.java"
