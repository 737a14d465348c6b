# awk: associative arrays, string building, substitution, formatting.
{
    for (i = 1; i <= NF; i++) { count[$i]++; where[$i] = where[$i] " " NR % 10 }
    line = $0
    gsub(/[aeiou]ka/, "<&>", line)
    changed += length(line)
    reversed = ""
    for (i = length($1); i > 0; i--) reversed = reversed substr($1, i, 1)
    last[NR % 5000] = reversed line
}
END {
    for (word in count) { total += count[word] * length(where[word]); kinds++ }
    for (i = 0; i < 5000; i++) {
        pieces += split(last[i], part, /[ st]/)
        joined = joined part[1]
    }
    printf "%d words, %d kinds, %d changed, ", total, kinds, changed
    printf "%d pieces, %d joined\n", pieces, length(joined)
    for (i = 0; i < 5000; i += 250) print last[i]
    for (i = 0; i < 200000; i++) {
        made[i % 1009] = i substr(joined, 1, i % 200)
        if (i % 13 == 0)
            delete made[i * 7919 % 1009]
    }
    for (i = 0; i < 1009; i++) sum += length(made[i])
    print sum
}
