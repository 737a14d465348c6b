# PHP's built-in web server with two worker processes, asked over loopback by PHP's curl.
# needs: php python3
# check: php -m | grep -qx curl
# package: php-cli php-curl
set -eu
cat >index.php <<'PHP'
<?php
echo strtoupper(str_repeat($_GET['word'], 2000)), ' ';
echo substr_count(file_get_contents(getenv('GEN') . '/page.xml'), 'tag');
PHP
cat >ask.php <<'PHP'
<?php
$handle = curl_init();
curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
curl_setopt($handle, CURLOPT_NOPROXY, '*');
curl_setopt($handle, CURLOPT_TIMEOUT, 20);
for ($i = 0; $i < (int)$argv[2]; $i++) {
    curl_setopt($handle, CURLOPT_URL, "http://127.0.0.1:$argv[1]/?word=w$i");
    $answer = curl_exec($handle);
    if ($answer === false) exit(1);
    echo hash('sha256', $answer), "\n";
}
PHP
cat >port.py <<'PY'
import socket

with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
PY
# Somebody may take the free port before the server does: then try another.
for try in 1 2 3 4 5; do
    port=$(python3 port.py)
    PHP_CLI_SERVER_WORKERS=2 php -S 127.0.0.1:$port index.php >server.log 2>&1 &
    server=$!
    trap 'kill $server 2>/dev/null || :' EXIT
    tries=0
    until php ask.php $port 1 >/dev/null 2>&1; do
        kill -0 $server 2>/dev/null || break
        tries=$((tries + 1))
        [ $tries -lt 100 ] || break
        sleep 0.1
    done
    kill -0 $server 2>/dev/null && break
done
php ask.php $port 60
kill -TERM $server
wait $server 2>/dev/null || :
trap - EXIT
grep -ciE 'fatal|corrupt|invalid pointer|ashlar' server.log || :
