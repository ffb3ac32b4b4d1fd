CREATE SCHEMA s2;
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, m text, tags text[], created timestamptz DEFAULT now());
CREATE TABLE orders (id int PRIMARY KEY, customer_id bigint, amount numeric(12,2) NOT NULL DEFAULT 0 CHECK (amount >= 0), data jsonb, d date, t time, b bytea, f8 float8, u uuid);
CREATE VIEW v_orders AS SELECT * FROM orders WHERE amount > 10;
CREATE MATERIALIZED VIEW mv_orders AS SELECT customer_id, count(*) AS n, sum(amount) AS total FROM orders GROUP BY 1;
CREATE TABLE s2.other (k text PRIMARY KEY, v int);
COMMENT ON TABLE orders IS 'the orders'; COMMENT ON COLUMN orders.id IS 'pk';
INSERT INTO customers(id,name) VALUES (1,'a'),(2,'b'); INSERT INTO orders(id,customer_id,amount) VALUES (1,1,20),(2,2,5);
