# PHP's curl module, with PHP's own pools and with every block from malloc.
# needs: php
# check: php -m | grep -qix curl
# package: php-curl
set -eu
php "$SRC/work.php" curl
USE_ZEND_ALLOC=0 php "$SRC/work.php" curl
