# git: 500 files, three commits with fixed dates, a merge, repack, fsck; every hash must agree.
set -eu
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b.c
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b.c
export GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' GIT_COMMITTER_DATE='2001-02-03T04:05:06Z'
git config --global init.defaultBranch main
git config --global gc.auto 0
git config --global core.pager cat
git init -q work
cd work
cp -r "$GEN/tree" .
git add -A
git commit -qm first
git checkout -qb side
for d in 1 2 3 4 5; do
    for f in tree/d$d/e?/*.txt; do sed 's/ka/KA/g' "$f" >t && mv t "$f"; done
done
git mv tree/d6 moved
git commit -qam side
git checkout -q main
for f in tree/d7/e?/*.txt; do echo more >>"$f"; done
git rm -rq tree/d8
git commit -qam third
git merge -q --no-edit side
git rev-parse HEAD HEAD^1 HEAD^2 'HEAD^{tree}'
git log --stat -M --format='%H %s' | sha256sum
git diff --word-diff HEAD~1 HEAD | sha256sum
git grep -n -i -E 'shi(mon|tel)' | sha256sum
git blame -s tree/d7/e0/file7.txt | sha256sum
git archive HEAD | sha256sum
git -c pack.threads=1 repack -adfq --depth=20 --window=20
git verify-pack -v .git/objects/pack/*.idx | sha256sum
git -c pack.threads=2 repack -adfq
git fsck --full --strict
git clone -q --no-hardlinks . ../copy
git -C ../copy fsck --full
git -C ../copy status --porcelain | wc -l
