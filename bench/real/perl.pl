# A text's words counted, records of hashes and arrays, strings that grow and are cut again.
use strict;
use warnings;

my $seed = 1;
sub below { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) % $_[0]; }

my @syllables = qw(mal loc cal free heap bin top are na chunk brk trim);
my $text = '';
$text .= join('', map { $syllables[below(12)] } 1 .. 1 + below(4)) . ' ' for 1 .. 200_000;

my %count;
$count{$_}++ for split ' ', $text;

my @records;
for my $word (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count) {
    push @records, { word => $word, count => $count{$word}, letters => [split //, $word] };
}
my %by_letter;
for my $record (@records) {
    push @{ $by_letter{$_} }, $record->{word} for @{ $record->{letters} };
}
for my $letter (sort keys %by_letter) {
    my $line = join ',', @{ $by_letter{$letter} };
    (my $shorter = $line) =~ s/([aeiou])\1*//g;
    die if length $shorter > length $line;
}
