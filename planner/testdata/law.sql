CREATE TABLE a (id int PRIMARY KEY, k int, n numeric(6,2), s text, f float8);
CREATE TABLE b (id int PRIMARY KEY, k int, n numeric(6,2), s text NOT NULL);
CREATE TABLE c (k int, x bigint, g int[], d timestamp);
CREATE VIEW va AS SELECT k, count(*) AS cnt, sum(n) AS total FROM a GROUP BY k;

-- plain
SELECT id, k FROM a WHERE k > 1 AND n IS NOT NULL;
SELECT * FROM a WHERE id = 3;
SELECT a.id, b.id FROM a, b WHERE a.k = b.k AND a.n < b.n;
SELECT a.id, b.id, c.x FROM a, b, c WHERE a.k = c.k AND c.x = b.id;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k AND b.id > 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k WHERE b.id > 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k WHERE b.id IS NULL;
SELECT a.id, b.id FROM a RIGHT JOIN b ON a.k = b.k AND a.id < 5;
SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k;
SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k WHERE a.id > 2;
SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k WHERE b.id > 2 AND a.id > 1;
SELECT k, a.id, b.id FROM a FULL JOIN b USING (k);
SELECT * FROM a NATURAL JOIN b;
SELECT k, a.s, b.s FROM a LEFT JOIN b USING (k);
SELECT k, a.s, b.s FROM a RIGHT JOIN b USING (k);
SELECT a.id, c.x FROM a JOIN c ON a.k = c.x;
SELECT a.id, b.n FROM a JOIN b ON a.n = b.n;
SELECT a.id, b.id FROM a JOIN b ON a.k + 1 = b.k;
SELECT a.id FROM a JOIN b ON a.s = b.s JOIN c ON c.k = b.k OR c.x = a.k;
SELECT a1.id, a2.id FROM a a1 JOIN a a2 ON a1.k IS NOT DISTINCT FROM a2.k;
SELECT a.id, b.id FROM a CROSS JOIN b WHERE (a.k = b.k AND a.id > 2) OR (a.k = b.k AND b.id < 3);
SELECT a.id, x.k FROM a LEFT JOIN (SELECT k, 1 AS one FROM b) x ON a.k = x.k WHERE x.one = 1;
SELECT a.id, x.one FROM a LEFT JOIN (SELECT k, 1 AS one FROM b) x ON a.k = x.k;

-- grouping
SELECT count(*), sum(k), min(s), max(n), avg(k) FROM a;
SELECT count(*), sum(k) FROM a WHERE false;
SELECT k, count(*), count(n), sum(n), avg(n) FROM a GROUP BY k;
SELECT k + 1, count(*) FROM a GROUP BY k + 1 HAVING count(*) > 1;
SELECT k % 2 AS odd, sum(id) FROM a GROUP BY odd;
SELECT s, k, count(*) FROM a GROUP BY 1, 2;
SELECT id, s, k FROM a GROUP BY id;
SELECT a.id, a.s, count(b.id) FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.id;
SELECT k, count(DISTINCT s), count(*) FILTER (WHERE n > 2) FROM a GROUP BY k;
SELECT k, array_agg(id ORDER BY id DESC), string_agg(s, ',' ORDER BY s, id) FROM a GROUP BY k;
SELECT DISTINCT k, s FROM a;
SELECT DISTINCT k FROM a WHERE k IN (SELECT DISTINCT k FROM b);
SELECT k, cnt FROM va WHERE k = 1;
SELECT v1.k, v2.total FROM va v1 JOIN va v2 ON v1.k = v2.k WHERE v1.cnt > 1;
SELECT sum(k) FROM a HAVING sum(k) > 1000;
SELECT count(*) FROM (SELECT DISTINCT k FROM a) x;
SELECT k, max(n) + 1, CASE WHEN count(*) > 1 THEN 'many' ELSE 'one' END FROM a GROUP BY k;
SELECT bool_and(k > 0), bool_or(k > 2) FROM a;

-- set operations
SELECT k FROM a UNION SELECT k FROM b;
SELECT k FROM a UNION ALL SELECT k FROM b;
SELECT k, s FROM a INTERSECT SELECT k, s FROM b;
SELECT k FROM a INTERSECT ALL SELECT k FROM b;
SELECT k FROM a EXCEPT SELECT k FROM b;
SELECT k FROM a EXCEPT ALL SELECT k FROM b;
SELECT k, NULL FROM a UNION SELECT k, 'x' FROM b;
SELECT * FROM (SELECT k, n FROM a UNION ALL SELECT x, id FROM b, c) u WHERE k = 2;
SELECT * FROM (SELECT k FROM a EXCEPT SELECT k FROM b) u WHERE k > 1;
VALUES (1, 'a'), (2, NULL), (NULL, 'c');
SELECT column1 + 1, column2 FROM (VALUES (1, 'a'), (2, 'b')) v WHERE column1 > 1;

-- ctes
WITH x AS (SELECT k, count(*) AS n FROM a GROUP BY k) SELECT x1.k, x2.n FROM x x1 JOIN x x2 ON x1.k = x2.k WHERE x1.n > 1;
WITH x AS (SELECT id, k FROM a WHERE k > 0) SELECT * FROM x WHERE id < 5;
WITH x AS (SELECT k FROM a), y AS (SELECT k FROM x UNION ALL SELECT k FROM x) SELECT count(*), sum(k) FROM y;

-- uncorrelated subqueries
SELECT id FROM a WHERE k = (SELECT max(k) FROM b);
SELECT id, (SELECT count(*) FROM b) FROM a;
SELECT id FROM a WHERE k IN (SELECT k FROM b);
SELECT id FROM a WHERE k NOT IN (SELECT k FROM b);
SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE k IS NOT NULL);
SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE false);
SELECT id FROM a WHERE id NOT IN (SELECT id FROM b);
SELECT id, k IN (SELECT k FROM b) FROM a;
SELECT id, k NOT IN (SELECT k FROM b WHERE k > 1) FROM a;
SELECT id, id IN (SELECT id FROM b) FROM a;
SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id > 100) OR k = 1;
SELECT id FROM a WHERE k > ALL (SELECT k FROM b WHERE k < 2);
SELECT id FROM a WHERE k > ANY (SELECT k FROM b);
SELECT id, k > ALL (SELECT k FROM b), k < ANY (SELECT k FROM b) FROM a;
SELECT id FROM a WHERE NOT (k < ANY (SELECT k FROM b));
SELECT id FROM a WHERE (k, s) IN (SELECT k, s FROM b);
SELECT id FROM a WHERE (k, s) NOT IN (SELECT k, s FROM b);
SELECT id, (k, s) IN (SELECT k, s FROM b) FROM a;
SELECT ARRAY(SELECT id FROM b ORDER BY k DESC, id), ARRAY(SELECT id FROM b WHERE false);
SELECT id FROM a WHERE (k, n) = (SELECT k, n FROM b WHERE id = 1);
SELECT id FROM a WHERE k <> ALL (SELECT k FROM b WHERE k > 1);

-- correlated subqueries
SELECT id, (SELECT max(id) FROM b WHERE b.k = a.k) FROM a;
SELECT id, (SELECT count(*) FROM b WHERE b.k = a.k) FROM a;
SELECT id, (SELECT count(*) + 1 FROM b WHERE b.k > a.k) FROM a;
SELECT id, (SELECT count(*) FROM b WHERE b.n = a.n) FROM a;
SELECT id, (SELECT a.n || ':' || count(*) FROM b WHERE b.n = a.n) FROM a;
SELECT id, (SELECT s FROM b WHERE b.id = a.k) FROM a;
SELECT id, (SELECT b.s || a.s FROM b WHERE b.id = a.k) FROM a;
SELECT id, (SELECT a.k + 1) FROM a;
SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.n > a.n);
SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k);
SELECT id, EXISTS (SELECT 1 FROM b WHERE b.k = a.k) FROM a;
SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND NOT EXISTS (SELECT 1 FROM c WHERE c.k = b.k AND c.x = a.id));
SELECT id FROM a WHERE k IN (SELECT b.k FROM b WHERE b.id > a.id);
SELECT id FROM a WHERE k NOT IN (SELECT b.k FROM b WHERE b.id > a.id);
SELECT id, k IN (SELECT b.k FROM b WHERE b.id > a.id) FROM a;
SELECT id, k NOT IN (SELECT x FROM c WHERE c.k = a.k) FROM a;
SELECT id FROM a WHERE k >= ALL (SELECT b.k FROM b WHERE b.id <> a.id AND b.s = a.s);
SELECT id, k > ANY (SELECT b.k FROM b WHERE b.s = a.s) FROM a;
SELECT id, (SELECT sum(c.x) FROM b JOIN c ON b.k = c.k WHERE b.id = a.id) FROM a;
SELECT id, (SELECT count(*) FROM (SELECT DISTINCT b.k FROM b WHERE b.s = a.s) q) FROM a;
SELECT id, (SELECT count(*) FROM b LEFT JOIN c ON c.k = a.k AND b.id = c.x) FROM a;
SELECT id, (SELECT count(c.k) FROM b LEFT JOIN c ON c.k = b.k AND c.x < a.id WHERE b.k = a.k) FROM a;
SELECT id, (SELECT count(*) FROM b FULL JOIN (SELECT * FROM c WHERE c.x = a.k) cc ON b.k = cc.k) FROM a;
SELECT id, (SELECT sum(q) FROM (SELECT b.k AS q FROM b WHERE b.id = a.id UNION ALL SELECT c.k FROM c WHERE c.x = a.k) u) FROM a;
SELECT id, (SELECT count(*) FROM (SELECT b.k FROM b WHERE b.id < a.id EXCEPT SELECT c.k FROM c WHERE c.x = a.k) u) FROM a;
SELECT id, (SELECT count(*) FROM (SELECT b.k FROM b WHERE b.id < a.id INTERSECT ALL SELECT c.k FROM c) u) FROM a;
SELECT id, (SELECT max(n) FROM (SELECT count(*) AS n FROM b WHERE b.k = a.k GROUP BY b.s) q) FROM a;
SELECT id, (SELECT max(n) FROM (SELECT count(*) AS n FROM b WHERE b.k = a.k) q) FROM a;
SELECT id, (SELECT sum(n) FROM (SELECT (SELECT count(*) FROM c WHERE c.k = b.k AND c.x > a.id) AS n FROM b WHERE b.k = a.k) q) FROM a;
SELECT id, (SELECT min(b.id) FROM b WHERE b.k = (SELECT max(c.k) FROM c WHERE c.x = a.k)) FROM a;
SELECT id, (WITH w AS (SELECT * FROM b WHERE b.k = a.k) SELECT count(*) FROM w w1, w w2 WHERE w1.id < w2.id) FROM a;
SELECT id, ARRAY(SELECT b.id FROM b WHERE b.k = a.k ORDER BY b.id DESC) FROM a;
SELECT id, ARRAY(SELECT unnest(g) FROM c WHERE c.k = a.k ORDER BY 1) FROM a;
SELECT k, (SELECT count(*) FROM b WHERE b.k = a.k) AS m FROM a GROUP BY k;
SELECT k, sum((SELECT count(*) FROM b WHERE b.k = a.k)) FROM a GROUP BY k;
SELECT k FROM a GROUP BY k HAVING count(*) > (SELECT count(*) FROM b WHERE b.k = a.k);
SELECT (SELECT sum(a.k) FROM b WHERE b.id = 1) FROM a;
SELECT k, (SELECT sum(a.id) + count(*) FROM b WHERE b.k = a.k) FROM a GROUP BY k;
SELECT id FROM a WHERE n > (SELECT avg(n) FROM b WHERE b.k = a.k) AND k < 4;
SELECT id FROM a ORDER BY (SELECT count(*) FROM b WHERE b.k = a.k), id;
SELECT id, CASE WHEN k > 1 THEN (SELECT max(id) FROM b WHERE b.k = a.k) ELSE 0 END FROM a;
SELECT a.id, b.id FROM a JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM c WHERE c.k = a.k AND c.x = b.id);
SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM c WHERE c.x = b.id);
SELECT id FROM a WHERE (SELECT count(*) FROM b WHERE b.k = a.k) BETWEEN 1 AND 2;
SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b GROUP BY b.k HAVING b.k = a.k AND count(*) > 1);
SELECT id FROM a WHERE EXISTS (SELECT count(*) FROM b WHERE b.k = a.k);

-- lateral, functions
SELECT a.id, q.m FROM a, LATERAL (SELECT max(id) AS m FROM b WHERE b.k = a.k) q;
SELECT a.id, q.id FROM a, LATERAL (SELECT id FROM b WHERE b.k = a.k) q;
SELECT a.id, q.id FROM a LEFT JOIN LATERAL (SELECT id FROM b WHERE b.k = a.k AND b.id > 2) q ON true;
SELECT a.id, q.z FROM a LEFT JOIN LATERAL (SELECT a.id + b.id AS z FROM b WHERE b.k = a.k) q ON q.z > 5;
SELECT a.id, q.c FROM a LEFT JOIN LATERAL (SELECT count(*) AS c FROM b WHERE b.k = a.k) q ON q.c > 0;
SELECT c.k, u FROM c, unnest(g) AS u;
SELECT c.k, u, o FROM c, unnest(g) WITH ORDINALITY AS t(u, o);
SELECT c.k, u FROM c LEFT JOIN unnest(g) AS u ON true;
SELECT c.k, u FROM c LEFT JOIN LATERAL unnest(g) AS u ON u > 1;
SELECT a.id, g FROM a, generate_series(1, a.k) g;
SELECT k, unnest(g), generate_series(1, 2) FROM c;
SELECT k, unnest(g) + 1 AS u FROM c ORDER BY u, k;
SELECT * FROM ROWS FROM (generate_series(1, 3), unnest(ARRAY['x', 'y'])) AS t(a, b);
SELECT count(*) FROM generate_series(1, 10) WHERE generate_series % 3 = 0;
SELECT a.id, x.v, y.w FROM a, LATERAL (SELECT a.k + 1) x(v), LATERAL (SELECT x.v * 2) y(w);
SELECT a.id, q.n FROM a, LATERAL (SELECT count(*) AS n FROM generate_series(1, a.k) g WHERE g > 1) q;

-- order and limit
SELECT id FROM a ORDER BY k NULLS FIRST, id DESC LIMIT 3;
SELECT id FROM a ORDER BY n DESC, id OFFSET 2;
SELECT id FROM a WHERE k IN (SELECT k FROM b ORDER BY id LIMIT 2);
SELECT k, count(*) AS c FROM a GROUP BY k ORDER BY c DESC, k LIMIT 2;
SELECT DISTINCT k FROM a ORDER BY k DESC NULLS LAST LIMIT 2;

-- expressions
SELECT id, k BETWEEN 1 AND 2, k NOT BETWEEN SYMMETRIC 3 AND 1, k IS DISTINCT FROM 2, NOT (k = 1 OR s = 'x') FROM a;
SELECT id, coalesce(k, 0), nullif(k, 2), greatest(k, id), least(n, 1) FROM a;
SELECT id, CASE k WHEN 1 THEN 'one' WHEN 2 THEN 'two' END FROM a;
SELECT id FROM a WHERE (k, id) < (2, 3);
SELECT id FROM a WHERE k IN (1, 3, NULL);
SELECT id FROM a WHERE k = ANY (ARRAY[1, 2]) AND s LIKE 'x%';
SELECT id, g[1], g[1:2] FROM a JOIN c USING (k);
SELECT id, f * 2, n::int, s || id FROM a;
