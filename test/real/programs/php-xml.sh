# PHP's xml module, with PHP's own pools and with every block from malloc.
# needs: php
# check: php -m | grep -qix xml
# package: php-xml
set -eu
php "$SRC/work.php" xml
USE_ZEND_ALLOC=0 php "$SRC/work.php" xml
