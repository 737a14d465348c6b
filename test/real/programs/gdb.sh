# gdb without a terminal: symbols, types, scopes, disassembly and its Python.
# needs: gdb gcc
set -eu
[ -x "$KEEP/program" ] ||
    gcc -w -g -O0 -fdebug-prefix-map="$GEN"=. "$GEN/program.c" -o "$KEEP/program"
cat >commands <<'GDB'
set pagination off
set width 0
set confirm off
set debuginfod enabled off
set style enabled off
info functions f1
info line f77
ptype f3
disassemble /r f5
info scope f9
python
import gdb
names = sorted(s.name for s in gdb.lookup_global_symbol("main").symtab.static_block())
print(len(names), names[:5])
print(sum(len(l.pc.__str__()) for l in gdb.lookup_global_symbol("main").symtab.linetable()))
end
print sizeof(names) / sizeof(names[0])
GDB
gdb -nx -q --batch -x commands "$KEEP/program" | sha256sum
gdb -nx -q --batch -ex 'info functions f14' "$KEEP/program"
