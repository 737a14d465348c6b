# A plugin opened with RTLD_DEEPBIND whose memory the program frees and the other way round, and one
# that is found by the caller's own run path: an interposed dlopen must not hide who calls.
# needs: gcc
# package: gcc
# ways: default proof classic arena1 perturb checking
set -eu
mkdir plugins
gcc -O1 -shared -fPIC "$SRC/plugin.c" -o plugins/plugin.so
gcc -O1 -D_GNU_SOURCE "$SRC/deepbind.c" -Wl,--enable-new-dtags,-rpath,'$ORIGIN/plugins' -o deepbind
./deepbind
LD_BIND_NOW=1 ./deepbind
