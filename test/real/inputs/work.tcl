# Tcl: strings, lists, dictionaries, regular expressions and, where there are any, threads.
proc tell {name data} {
    puts "$name [string length $data] [zlib crc32 [encoding convertto utf-8 $data]]"
}
set in [open $env(GEN)/text.txt]
set text [read $in]
close $in
foreach word [split $text " \n"] { if {$word ne ""} { dict incr count $word } }
tell count [lsort -stride 2 [dict create {*}$count]]
tell regsub [regsub -all {(\w+)(ka|ro)\M} $text {\2\1}]
tell sort [lsort -unique [split $text \n]]
for {set i 0} {$i < 60000} {incr i} {
    set kept([expr {$i * 7919 % 997}]) [string repeat v [expr {$i % 300}]]$i
}
set all {}
for {set i 0} {$i < 997} {incr i} { lappend all $kept($i) }
tell churn $all
tell zlib [zlib decompress [zlib compress [encoding convertto utf-8 $text] 6]]
for {set i 0} {$i < 20} {incr i} {
    interp create child$i
    tell child$i [child$i eval {
        for {set k 0} {$k < 2000} {incr k} {lappend l [format %x $k]}
        join $l
    }]
    interp delete child$i
}
