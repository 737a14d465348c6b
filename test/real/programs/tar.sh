# tar of 500 files, with gzip beside it, and out again.
# needs: tar gzip
set -eu
tar --sort=name --mtime=@1000000000 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    -C "$GEN" -cf - tree >tree.tar
sha256sum tree.tar
gzip -9nc tree.tar | sha256sum
mkdir out
tar --no-same-permissions --no-same-owner --delay-directory-restore \
    -C out -xf tree.tar --one-top-level=in
diff -r out/in/tree "$GEN/tree" && echo the same again
tar -tvf tree.tar | sha256sum
tar --sparse --format=pax --sort=name --mtime=@1 --owner=0 --group=0 --mode=u=rwX,go= \
    --pax-option=delete=atime,delete=ctime,exthdr.name=x -C "$GEN" -cf - tree | sha256sum
