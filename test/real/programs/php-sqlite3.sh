# PHP's sqlite3 module, with PHP's own pools and with every block from malloc.
# needs: php
# check: php -m | grep -qix sqlite3
# package: php-sqlite3
set -eu
php "$SRC/work.php" sqlite3
USE_ZEND_ALLOC=0 php "$SRC/work.php" sqlite3
