# PHP's opcache with its JIT: a Zend extension, and code that is compiled while it runs.
# needs: php
# check: php -v | grep -q OPcache
# package: php-cli
set -eu
php -d opcache.enable_cli=1 -d opcache.jit_buffer_size=16M -d opcache.jit=tracing \
    "$SRC/work.php" opcache core
