# Node.js.
# package: nodejs
# ways: default proof classic checking
set -eu
node "$SRC/work.js"
