# PHP itself, with all its configured modules loaded (each of them opened with RTLD_DEEPBIND).
# package: php-cli
# ways: default proof classic perturb checking
set -eu
php "$SRC/work.php" core
USE_ZEND_ALLOC=0 php "$SRC/work.php" core
