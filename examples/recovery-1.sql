-- Recovery, first part. Run this, kill the server with kill -9, start it again on the same
-- directory, and run recovery-2.sql.
CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, amount numeric(10, 2) NOT NULL);
CREATE MATERIALIZED VIEW spending AS
    SELECT customer, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY customer;

-- A source of 20,000 numbered rows, and a view that would show any row lost or taken twice.
CREATE SOURCE numbers (n bigint)
    WITH (connector = 'datagen', datagen.rows = 20000, datagen.rows.per.second = 20000, fields.n.kind = 'sequence');
CREATE MATERIALIZED VIEW seen AS SELECT count(*) AS rows, count(DISTINCT n) AS different, sum(n) AS sum FROM numbers;

INSERT INTO orders SELECT n, 'customer ' || n % 3, n FROM generate_series(1, 99) AS n;

-- Everything up to here is in a checkpoint; what follows is in the commit log only.
CHECKPOINT;
INSERT INTO orders VALUES (100, 'customer 1', 1000.00);
UPDATE orders SET amount = 0 WHERE id = 1;
SELECT * FROM spending ORDER BY customer;
