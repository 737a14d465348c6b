# Ruby.
# ways: default proof classic checking
set -eu
ruby "$SRC/work.rb"
