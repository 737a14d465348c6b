# PHP's mbstring module, with PHP's own pools and with every block from malloc.
# needs: php
# check: php -m | grep -qix mbstring
# package: php-mbstring
set -eu
php "$SRC/work.php" mbstring
USE_ZEND_ALLOC=0 php "$SRC/work.php" mbstring
