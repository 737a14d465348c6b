# Tcl.
# needs: tclsh
set -eu
tclsh "$SRC/work.tcl"
