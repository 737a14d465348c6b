-- A database in memory: filled, indexed, joined, grouped, thinned out.
PRAGMA cache_size = -200000;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city TEXT, note TEXT);
CREATE TABLE deal (id INTEGER PRIMARY KEY, buyer INTEGER, seller INTEGER, amount REAL, kind TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 140000)
  INSERT INTO person SELECT i, 'name' || (i * 7919 % 100003), 'city' || (i * 31 % 997),
                            substr('a note of some length that differs from line to line', 1, i % 50) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
  INSERT INTO deal SELECT i, i * 7919 % 140000 + 1, i * 104729 % 140000 + 1, i * 3.5, 'kind' || (i % 13) FROM n;
CREATE INDEX by_city ON person (city, name);
CREATE INDEX by_buyer ON deal (buyer, amount);
SELECT city, count(*), group_concat(name) FROM person GROUP BY city ORDER BY 2 DESC;
SELECT p.city, d.kind, sum(d.amount) FROM deal d JOIN person p ON p.id = d.buyer GROUP BY 1, 2 ORDER BY 3 DESC;
SELECT json_group_array(json_object('name', name, 'note', note)) FROM person WHERE id % 3 = 0;
UPDATE person SET note = note || upper(name) WHERE id % 2 = 0;
DELETE FROM deal WHERE id % 3 = 1;
SELECT count(DISTINCT name || city) FROM person;
