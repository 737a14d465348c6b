# Programs against RLIMIT_AS and RLIMIT_DATA: within the limit they work, beyond it they hear of it.
# needs: python3 lua5.4 perl
# package: python3 lua5.4 perl
# ways: default proof classic arena1 checking
set -eu
cat >grow.lua <<'LUA'
local kept = {}
local fine, why = pcall(function()
  for i = 1, 100 do kept[i] = ("x"):rep(i << 20) end
end)
print(fine, why)
kept = nil
collectgarbage()
print(#("y"):rep(20 << 20))
LUA
cat >grow.py <<'PY'
import sys
import threading

def work(made):
    kept = [bytes(n % 3000) for n in range(4000)]
    try:
        kept.append(bytearray(1 << 40))
    except MemoryError:
        made.append(sum(map(len, kept)))

made = []
group = [threading.Thread(target=work, args=(made,)) for _ in range(int(sys.argv[1]))]
for thread in group:
    thread.start()
for thread in group:
    thread.join()
print(made)
PY
(ulimit -v 150000 && lua5.4 grow.lua)
(ulimit -d 120000 && lua5.4 grow.lua)
# Few threads where address space is short: each may reserve twice 64 MiB to get 64 aligned ones,
# and Python waits for ever for a thread that cannot begin.
(ulimit -v 800000 && python3 grow.py 3)
(ulimit -d 400000 && python3 grow.py 12)
cat >grow.pl <<'PL'
$n = shift;
$x = "a" x (1 << $n);
print length($x), "\n";
$x = undef;
print length("b" x (3 << $n - 1)), "\n";
PL
(ulimit -v 300000 && perl grow.pl 25)
(ulimit -v 200000 && perl grow.pl 30 2>&1) || echo "perl gave up: $?"
