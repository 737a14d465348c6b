# Text processing in Perl: hashes, regular expressions, sorting, references, pack, closures, fork.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use List::Util qw(sum shuffle);
use Encode;

sub tell_digest {
    my ($name, @data) = @_;
    print "$name ", substr(sha256_hex(join "\0", @data), 0, 24), "\n";
}

open my $in, '<', "$ENV{GEN}/text.txt" or die;
my @lines = <$in>;
close $in;
my (%count, %by_length, %first);
for my $line (@lines) {
    for my $word (split ' ', $line) {
        $count{$word}++;
        push @{ $by_length{ length $word } }, $word;
        $first{ substr $word, 0, 2 }{$word} .= length($line) . ',';
    }
}
my @order = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
tell_digest('count', map { "$_=$count{$_}" } @order);
tell_digest('length', map { "$_:" . scalar @{ $by_length{$_} } } sort keys %by_length);
my @nested;
for my $k (sort keys %first) {
    push @nested, map { "$k$_$first{$k}{$_}" } sort keys %{ $first{$k} };
}
tell_digest('nested', @nested);
my $text = join '', @lines;
(my $changed = $text) =~ s/(\w+)(ka|ro)\b/ucfirst($2) . reverse $1/ge;
tell_digest('substitute', $changed);
tell_digest('match', $text =~ /\b(?:te|lu)(\w{2,6})(?=\s)/g);
tell_digest('sort', sort { length $a <=> length $b or $a cmp $b } @lines);
tell_digest('pack', map { pack 'NnCa*', $_, $_ & 0xffff, $_ & 0xff, 'x' x ($_ % 300) } 1 .. 5000);
tell_digest('encode', map { encode('UTF-16LE', decode('UTF-8', "\xc3\xa9$_")) } @lines[0 .. 3000]);
my $grown = '';
$grown .= chr(65 + $_ % 26) x ($_ % 17) for 1 .. 60000;
tell_digest('grown', $grown);
my @closures = map { my $n = $_; sub { $n * $_[0] } } 1 .. 20000;
tell_digest('closures', sum map { $_->(3) } @closures);
for my $child (1 .. 3) {
    pipe my $read, my $write or die;
    my $pid = fork // die;
    if (!$pid) {
        print $write join ',', map { $_ x $child } sort keys %count;
        close $write;
        exit 0;
    }
    close $write;
    tell_digest("fork $child", <$read>);
    waitpid $pid, 0;
}
