# completion.bash - what the TAB key does behind `ashlar' in bash; installed as
# share/bash-completion/completions/ashlar.
#
# Verbs and options are asked of the command itself, so that they are those of the ashlar that would
# run.  A target is the name or pid of a process, or a file.

# The verbs that the overview lists.
_ashlar_verbs()
{
    "$1" help 2>/dev/null | sed -n 's/^  ashlar \([a-z][a-z]*\).*/\1/p'
}

# The options of a verb, or of ashlar itself; those with a value end in "=".
_ashlar_options()
{
    "$@" --help 2>/dev/null | grep -oE -- '(^|[ ,])--[a-z-]+=?' | tr -d ' ,'
}

# Names of processes; where digits were begun, pids.
_ashlar_processes()
{
    case $1 in
    [0-9]*) (cd /proc && printf '%s\n' [0-9]*) ;;
    *) cat /proc/[0-9]*/comm 2>/dev/null | grep -v / | sort -u ;;
    esac
}

# The words in $1, one a line, that begin with $2, into COMPREPLY; blanks in them are kept.
_ashlar_reply()
{
    local word
    while IFS= read -r word; do
        [[ -n $word && $word == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
    done <<<"$1"
    return 0
}

# Values of options; false for an option that has none that are known.
_ashlar_value()
{
    case $1 in
    --color) _ashlar_reply $'auto\nalways\nnever' "$2" ;;
    --code) _ashlar_reply "$(printf 'Q%03d\n' {0..15})" "$2" ;;
    --fail-if) _ashlar_reply $'rss>\nlive>\nblocks>\nretained>\ncached>\nmapped>\narenas>\nvirtual>' "$2" ;;
    --detail) _ashlar_reply $'all\n100000\n500000\n1000000' "$2" ;;
    --output | -o | --diff) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    *) return 1 ;;
    esac
}

# The verb is the first word that is no option.
_ashlar()
{
    local tool=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb='' i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] || { verb=${COMP_WORDS[i]}; break; }
    done
    # bash divides "--color=al" into three words.
    [[ $word == '=' ]] && word=''
    [[ $before == '=' ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
    if [[ $verb == run ]]; then
        # Behind the command's name stand its words, which are none of ours.
        ((COMP_CWORD == i + 1)) && [[ $word == -* ]] && { _ashlar_reply "$(_ashlar_options "$tool" run)" "$word"; return; }
        mapfile -t COMPREPLY < <(compgen -c -- "$word")
    elif [[ $before == -* ]] && _ashlar_value "$before" "$word"; then
        :
    elif [[ $word == -* ]]; then
        _ashlar_reply "$(_ashlar_options "$tool" ${verb:+"$verb"})" "$word"
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    elif [[ -z $verb || $verb == help ]]; then
        _ashlar_reply "$(_ashlar_verbs "$tool")" "$word"
    elif [[ $verb != doctor ]]; then
        _ashlar_reply "$(_ashlar_processes "$word")" "$word"
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    fi
    return 0
}

complete -F _ashlar ashlar
