-- A counter: how many events there were, in all and of each kind.
CREATE TABLE events (kind text, at timestamp);
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS events FROM events;
CREATE MATERIALIZED VIEW per_kind AS SELECT kind, count(*) AS events FROM events GROUP BY kind;

-- An aggregate without GROUP BY has a row from the beginning.
SELECT * FROM total;

INSERT INTO events
    SELECT CASE n % 3 WHEN 0 THEN 'click' ELSE 'view' END, timestamp '2024-05-01 12:00:00' + n * interval '1 second'
    FROM generate_series(1, 1000) AS n;
SELECT * FROM total;
SELECT * FROM per_kind ORDER BY kind;

INSERT INTO events VALUES ('click', '2024-05-01 13:00:00');
SELECT * FROM total;
SELECT * FROM per_kind ORDER BY kind;
