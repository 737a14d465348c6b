# Perl.
# check: perl -MDigest::SHA -MList::Util -MEncode -e 1
# ways: default proof classic perturb checking
set -eu
perl "$SRC/work.pl"
