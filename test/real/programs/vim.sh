# vim as a line editor: substitutions, sorting, macros, Vim script, undo.
# ways: default proof checking
set -eu
head -n 12000 "$GEN/text.txt" >edit.txt
cat >work.vim <<'VIM'
set nocompatible nomore undolevels=1000
edit edit.txt
%s/\v(\w+)(ka|ro)>/\2\1/ge
g/shi.*tel/normal 0dwA done
sort u
let seen = {}
for line in getline(1, '$')
    for word in split(line)
        let seen[word] = get(seen, word, 0) + 1
    endfor
endfor
call append(0, map(sort(items(seen)), 'join(v:val, "=")'))
undo
redo
1,500move $
write! made.txt
quitall!
VIM
vim -u NONE -i NONE -n -es -S work.vim </dev/null
sha256sum made.txt
wc -l made.txt
