# Lua.
# needs: lua5.4
# package: lua5.4
# ways: default proof classic perturb checking
set -eu
lua5.4 "$SRC/work.lua"
