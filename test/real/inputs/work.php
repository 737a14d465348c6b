<?php
// PHP itself and whichever extensions are named on the command line.  Each of them is a module that
// PHP opens with RTLD_DEEPBIND: left alone, what the module frees goes to glibc.
function tell(string $name, mixed $value): void
{
    $text = is_string($value) ? $value : serialize($value);
    echo $name, ' ', substr(hash('sha256', $text), 0, 24), "\n";
}

$text = file_get_contents(getenv('GEN') . '/text.txt');
$json = file_get_contents(getenv('GEN') . '/records.json');
$xml = file_get_contents(getenv('GEN') . '/page.xml');
$rows = json_decode($json, true);

function core(): void
{
    global $text, $rows;
    tell('json', json_encode($rows, JSON_PRETTY_PRINT));
    tell('serialize', unserialize(serialize($rows)));
    $count = array_count_values(preg_split('/\s+/', $text, -1, PREG_SPLIT_NO_EMPTY));
    ksort($count);
    arsort($count);
    tell('count', array_slice($count, 0, 500));
    tell('preg', preg_replace_callback('/(\w+)(ka|ro)\b/', fn($m) => $m[2] . strrev($m[1]), $text));
    tell('zlib', gzuncompress(gzcompress($text, 6)));
    $kept = [];
    for ($i = 0; $i < 200000; $i++) {
        $kept[$i * 7919 % 997] = str_repeat('v', $i % 300) . $i;
    }
    ksort($kept);
    tell('churn', implode(',', $kept));
    for ($i = 0; $i < 20000; $i++) {
        $a = new stdClass();
        $b = new stdClass();
        $a->other = $b;
        $b->other = $a;
    }
    tell('collected', gc_collect_cycles() >= 0 ? 'yes' : 'no');
    $date = new DateTimeImmutable('2001-02-03 04:05:06', new DateTimeZone('Europe/Vienna'));
    tell('date', $date->modify('+1000 days')->format(DATE_RFC2822));
    tell('tokens', count(token_get_all(file_get_contents(__FILE__))));
    tell('iconv', iconv('UTF-8', 'UTF-16LE', substr($text, 0, 100000)));
    echo 'loaded ', implode(' ', get_loaded_extensions()), "\n";
}

function mbstring(): void
{
    global $text;
    $part = str_replace('ka', "k\u{e4}\u{df}", substr($text, 0, 300000));
    tell('upper', mb_strtoupper($part));
    tell('convert', mb_convert_encoding($part, 'UTF-16', 'UTF-8'));
    tell('split', mb_str_split(mb_substr($part, 1000, 20000), 7));
    tell('title', mb_convert_case($part, MB_CASE_TITLE));
    tell('ereg', mb_ereg_replace('(\w+)ro\b', '\1', $part));
    tell('detect', mb_detect_encoding($part, ['ASCII', 'UTF-8', 'ISO-8859-1'], true));
}

function xml(): void
{
    global $xml;
    $tree = new DOMDocument();
    $tree->loadXML($xml);
    foreach ((new DOMXPath($tree))->query('//record[number(@id) mod 5 = 0]/tag') as $node) {
        $mark = $tree->createElement('mark', strrev($node->textContent));
        $node->parentNode->replaceChild($mark, $node);
    }
    tell('dom', $tree->saveXML());
    $names = [];
    foreach (simplexml_load_string($xml)->record as $record) {
        $names[] = (string)$record->name . $record->place['x'];
    }
    tell('simplexml', $names);
    $seen = '';
    $parser = xml_parser_create();
    xml_set_element_handler(
        $parser,
        function ($p, $name, $attributes) use (&$seen) {
            $seen .= $name . implode(',', $attributes);
        },
        function ($p, $name) use (&$seen) {
            $seen .= "/$name";
        }
    );
    xml_parse($parser, $xml, true);
    xml_parser_free($parser);
    tell('xml_parse', $seen);
    $writer = new XMLWriter();
    $writer->openMemory();
    $writer->startDocument('1.0');
    $writer->startElement('all');
    foreach ($names as $name) {
        $writer->writeElement('name', $name);
    }
    $writer->endElement();
    tell('xmlwriter', $writer->outputMemory());
    $reader = new XMLReader();
    $reader->XML($xml);
    for ($tags = ''; $reader->read();) {
        $tags .= $reader->name . $reader->value;
    }
    tell('xmlreader', $tags);
    libxml_use_internal_errors(true);
    $broken = new DOMDocument();
    $broken->loadHTML('<p>unclosed <b>bold <i>both</p>' . str_repeat('<div>', 200));
    tell('errors', count(libxml_get_errors()));
    libxml_clear_errors();
}

function sqlite3(): void
{
    global $rows;
    $db = new SQLite3(':memory:');
    $db->createFunction('twist', fn($s) => strrev((string)$s));
    $db->exec('create table r (id integer primary key, name text, score real)');
    $db->exec('begin');
    $insert = $db->prepare('insert into r values (?, ?, ?)');
    foreach ($rows as $row) {
        $insert->bindValue(1, $row['id']);
        $insert->bindValue(2, $row['name']);
        $insert->bindValue(3, $row['score']);
        $insert->execute();
        $insert->reset();
    }
    $db->exec('commit');
    $result = $db->query(
        'select twist(name) t, count(*) c, sum(score) s from r group by 1 order by 1'
    );
    for ($all = []; $one = $result->fetchArray(SQLITE3_ASSOC);) {
        $all[] = $one;
    }
    tell('sqlite3', $all);
    $pdo = new PDO('sqlite::memory:');
    $pdo->exec('create table t (a, b)');
    $statement = $pdo->prepare('insert into t values (:a, :b)');
    foreach (array_slice($rows, 0, 2000) as $row) {
        $statement->execute(['a' => $row['name'], 'b' => json_encode($row)]);
    }
    tell('pdo', $pdo->query('select a, length(b), b from t order by b')->fetchAll(PDO::FETCH_NUM));
}

function curl(): void
{
    $multi = curl_multi_init();
    $handles = [];
    foreach (['text.txt', 'records.json', 'page.xml', 'data.csv', 'absent'] as $name) {
        $handle = curl_init('file://' . getenv('GEN') . "/$name");
        curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
        curl_setopt($handle, CURLOPT_HTTPHEADER, ["X-Name: $name"]);
        curl_multi_add_handle($multi, $handle);
        $handles[$name] = $handle;
    }
    do {
        curl_multi_exec($multi, $active);
        curl_multi_select($multi, 0.1);
    } while ($active);
    foreach ($handles as $name => $handle) {
        tell("multi $name", (string)curl_multi_getcontent($handle));
        curl_multi_remove_handle($multi, $handle);
        curl_close($handle);
    }
    curl_multi_close($multi);
    $handle = curl_init('http://127.0.0.1:1/');
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($handle, CURLOPT_CONNECTTIMEOUT, 5);
    curl_setopt($handle, CURLOPT_NOPROXY, '*');
    tell('refused', curl_exec($handle) === false ? (string)curl_errno($handle) : 'served');
    tell('escape', curl_escape($handle, 'a b/c?d=é'));
    curl_close($handle);
}

function opcache(): void
{
    $status = opcache_get_status(false);
    echo 'opcache ', $status['opcache_enabled'] ? 'on' : 'off', ', ';
    echo 'jit ', $status['jit']['on'] ? 'on' : 'off', "\n";
    $sum = 0;
    for ($i = 0; $i < 3000000; $i++) {
        $sum = ($sum * 31 + ($i ^ ($sum >> 3))) & 0xffffff;
    }
    tell('loop', $sum);
    for ($i = 0; $i < 40; $i++) {
        $file = "made$i.php";
        $long = str_repeat('a', $i * 9);
        $code = "<?php return function (\$x) { return \$x * $i + strlen('$long'); };";
        file_put_contents($file, $code);
        $sum += (include $file)(3);
    }
    tell('included', $sum);
}

foreach (array_slice($argv, 1) as $part) {
    $part();
}
