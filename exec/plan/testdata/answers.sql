SELECT t.id, u.id FROM t LEFT JOIN u ON u.k = t.k AND u.v > 2 WHERE t.v < 3

SELECT id, (SELECT count(*) FROM u WHERE u.k = t.k) FROM t

SELECT id, (SELECT count(*) + 1 FROM u WHERE u.k = t.k AND u.v > 3) FROM t WHERE (SELECT count(*) FROM u WHERE u.k = t.k) = 0

SELECT id FROM t WHERE k NOT IN (SELECT k FROM u)

SELECT id FROM t WHERE k NOT IN (SELECT k FROM u WHERE k IS NOT NULL)

SELECT id FROM t WHERE k NOT IN (SELECT k FROM u WHERE false)

SELECT id, k NOT IN (SELECT k FROM u WHERE v > 3) FROM t

SELECT id, k IN (SELECT k FROM u WHERE k < 4) FROM t

SELECT id, v < ALL (SELECT v FROM u WHERE u.k = t.k), v = ANY (SELECT v FROM u WHERE u.k = t.k) FROM t

SELECT id, (SELECT s FROM u WHERE u.k = t.k ORDER BY u.id DESC LIMIT 1) FROM t

SELECT id, (SELECT s FROM u WHERE u.k = t.k) FROM t

SELECT id, ARRAY(SELECT u.id FROM u WHERE u.k = t.k ORDER BY u.id DESC) FROM t

SELECT t.id, x.m, x.c FROM t, LATERAL (SELECT max(v) AS m, count(*) AS c FROM u WHERE u.k = t.k) x

SELECT t.id, x.id FROM t LEFT JOIN LATERAL (SELECT id FROM u WHERE u.k = t.k ORDER BY id LIMIT 2) x ON true

SELECT t.id, g FROM t, generate_series(1, t.v) g

SELECT k, count(*), avg(v), avg(n), sum(n) FROM t GROUP BY k HAVING count(*) > 3

SELECT k, v, count(*), grouping(k, v) FROM t GROUP BY ROLLUP (k, v)

WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 10) SELECT t.id, r.i FROM r LEFT JOIN t ON t.k = r.i

WITH q AS (SELECT k, count(*) AS c FROM t GROUP BY k) SELECT a.k, b.c FROM q a JOIN q b ON a.c = b.c

SELECT t.id, u.id, w.a FROM t JOIN u ON t.k = u.k JOIN w ON w.k = u.k AND w.a = t.v WHERE w.b BETWEEN 2 AND 20

SELECT s, count(*) FROM t GROUP BY s UNION ALL SELECT s, count(*) FROM u GROUP BY s

SELECT k FROM t INTERSECT SELECT k FROM u

SELECT k FROM t EXCEPT ALL SELECT k FROM u

SELECT t.id FROM t FULL JOIN u ON t.k = u.k AND t.v = u.v WHERE t.id > 10 OR u.id > 30

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND NOT EXISTS (SELECT 1 FROM w WHERE w.k = u.k AND w.v = t.v))

SELECT id, row_number() OVER (PARTITION BY k ORDER BY id), sum(v) OVER (PARTITION BY k) FROM t WHERE v IS NOT NULL

SELECT DISTINCT ON (k) k, id FROM t ORDER BY k, id DESC

SELECT id FROM t ORDER BY n DESC NULLS LAST, id LIMIT 5 OFFSET 2

SELECT (SELECT max(v) FROM u) - (SELECT min(v) FROM t)

SELECT id FROM t WHERE v <> 0 AND 10 / v > 3

SELECT id / (id - 5) FROM t

SELECT CASE WHEN id > 0 THEN id ELSE 1 / 0 END FROM t

SELECT count(*) FROM t, u, w WHERE (t.k = u.k AND u.v = w.v AND t.v = 1) OR (t.k = u.k AND u.v = w.v AND w.a = 2)

SELECT t.s, u.s FROM t JOIN u USING (s) WHERE t.n > (SELECT avg(n) FROM u u2 WHERE u2.s = u.s)

SELECT count(*) FROM t WHERE (k, v) IN (SELECT k, v FROM u)

SELECT count(*) FROM t WHERE (k, v) NOT IN (SELECT k, v FROM u)

SELECT id, CASE WHEN id < 0 THEN (SELECT s FROM u WHERE u.k = t.k) WHEN id > 3 THEN 'y' ELSE (SELECT s FROM u WHERE u.id = t.id) END FROM t

SELECT id, CASE WHEN v = 9 THEN (SELECT u.v FROM u WHERE u.v <> t.v) END FROM t
