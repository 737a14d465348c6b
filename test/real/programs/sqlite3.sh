# The sqlite3 command line: import, indexes, joins, windows, full text, JSON, dump and reload.
# ways: default proof classic perturb checking
set -eu
cat >work.sql <<'SQL'
.mode csv
.import data.csv raw
create table d (id integer primary key, word text, amount integer, g integer);
insert into d select * from raw;
create index by_word on d (word, amount);
create index by_group on d (g);
select word, count(*), sum(amount) from d group by word order by 2 desc, 1 limit 40;
select a.g, count(*) from d a join d b on a.id = b.amount group by a.g order by a.g;
select id, sum(amount) over (partition by g order by id rows 9 preceding) s
  from d order by s desc, id limit 30;
with recursive c(x) as (values (1) union all select x + 1 from c where x < 40000)
  select sum(length(printf('%0*d', x % 90 + 1, x))) from c;
create virtual table t using fts5(body);
insert into t select word || ' ' || g || ' ' || amount from d;
select count(*), min(rowid) from t where t match 'ka OR ro*';
select json_group_array(json_object('w', word, 'a', amount))
  from (select * from d where g = 7 order by id limit 200);
delete from d where g % 3 = 0;
vacuum;
pragma integrity_check;
SQL
cp "$GEN/data.csv" .
sqlite3 work.db <work.sql
sqlite3 work.db .dump >dump.sql
sha256sum <dump.sql
sqlite3 copy.db <dump.sql
sqlite3 copy.db .dump | sha256sum
