# redis-server on a unix socket: 12,000 keys and more by redis-cli --pipe, redis-benchmark beside
# them, lazy frees, a background save (fork) and a reload; the digests of the data must agree.
# needs: redis-server redis-cli redis-benchmark
# package: redis-server redis-tools
# ways: default proof classic checking
# timeout: 90
set -eu
start() {
    redis-server --port 0 --unixsocket "$PWD/s" --save '' --appendonly no --daemonize no \
        --io-threads 2 --enable-debug-command yes --dir "$PWD" --logfile "$PWD/log" "$@" &
    server=$!
    tries=0
    until [ "$(redis-cli -s s ping 2>/dev/null)" = PONG ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { cat log; exit 1; }
        sleep 0.1
    done
}
trap 'kill $server 2>/dev/null || :' EXIT
start
redis-cli -s s --pipe <"$GEN/values.resp" | tail -n 1
redis-cli -s s dbsize
redis-cli -s s debug digest
redis-benchmark -s "$PWD/s" -q -n 1500 -c 20 -d 700 \
    -t set,get,incr,lpush,lpop,sadd,hset,zadd,mset >bench.log
grep -c 'requests per second' bench.log
redis-benchmark -s "$PWD/s" -q -n 2000 -c 10 -P 16 -r 500 -d 3000 -t set,get >>bench.log
redis-cli -s s --no-raw get key:42
cat >lengths.lua <<'LUA'
local keys = redis.call("keys", "list:*")
local sum = 0
for i = 1, #keys do
  sum = sum + redis.call("llen", keys[i])
end
return { #keys, sum }
LUA
redis-cli -s s --eval lengths.lua
redis-cli -s s memory usage hash:8 samples 0 | grep -c '^[1-9]'
redis-cli -s s info | grep -cE '^(used_memory|connected_clients|total_commands_processed):[1-9]'
redis-cli -s s --scan --pattern 'key:1[0-9][0-9]' | sort | xargs redis-cli -s s unlink
# What the benchmark left holds random keys.
for pattern in 'key:0*' '*_rand_int_*' 'my*'; do
    redis-cli -s s --scan --pattern "$pattern" | xargs -r redis-cli -s s unlink >/dev/null
done
redis-cli -s s dbsize
before=$(redis-cli -s s debug digest)
redis-cli -s s bgsave >/dev/null
tries=0
until redis-cli -s s info persistence | grep -q 'rdb_bgsave_in_progress:0'; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || exit 1
    sleep 0.05
done
redis-cli -s s info persistence | grep rdb_last_bgsave_status
redis-cli -s s flushall async
redis-cli -s s dbsize
redis-cli -s s shutdown nosave
wait $server
start
[ "$(redis-cli -s s debug digest)" = "$before" ] && echo reloaded the same
redis-cli -s s debug digest
redis-cli -s s shutdown nosave
wait $server
grep -ciE 'crash|corrupt|invalid pointer|ashlar:' log || :
trap - EXIT
