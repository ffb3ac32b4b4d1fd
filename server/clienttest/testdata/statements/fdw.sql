-- 34000
CLOSE c1

-- ok
COMMIT TRANSACTION

-- 26000
DEALLOCATE pgsql_fdw_prep_1

-- 0A000
DECLARE c1 CURSOR FOR
SELECT id, amount FROM public.orders WHERE ((id > 1)) AND ((amount < 100::numeric)) ORDER BY id ASC NULLS LAST LIMIT 3::bigint

-- 0A000
DECLARE c1 CURSOR FOR
SELECT id, customer_id, amount, data, d, t, b, f8, u FROM public.orders WHERE ((id = 1))

-- 0A000
DECLARE c1 CURSOR FOR
SELECT id, customer_id, amount, data, d, t, b, f8, u, ctid FROM public.orders WHERE ((id = 1001)) FOR UPDATE

-- 0A000
DECLARE c1 CURSOR FOR SELECT id, customer_id, amount, data, d, t, b, f8, u FROM public.orders

-- 0A000
DECLARE c2 CURSOR FOR
SELECT count(*), sum(amount), customer_id FROM public.orders GROUP BY 3

-- 0A000
DECLARE c3 CURSOR FOR
SELECT customer_id, n, total FROM public.mv_orders

-- ok
EXPLAIN SELECT id, customer_id, amount, data, d, t, b, f8, u FROM public.orders WHERE ((id = 1))

-- 0A000
FETCH 100 FROM c1

-- 23502
INSERT INTO public.orders(id, customer_id, amount, data, d, t, b, f8, u) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- ok
SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'public'

-- ok
SELECT pg_catalog.pg_relation_size('public.orders'::pg_catalog.regclass) / 8192

-- ok
SELECT relname,   attname,   format_type(atttypid, atttypmod),   attnotnull,   pg_get_expr(adbin, adrelid),   attgenerated,   collname,   collnsp.nspname FROM pg_class c   JOIN pg_namespace n ON     relnamespace = n.oid   LEFT JOIN pg_attribute a ON     attrelid = c.oid AND attnum > 0       AND NOT attisdropped   LEFT JOIN pg_attrdef ad ON     adrelid = c.oid AND adnum = attnum   LEFT JOIN pg_collation coll ON     coll.oid = attcollation   LEFT JOIN pg_namespace collnsp ON     collnsp.oid = collnamespace WHERE c.relkind IN ('r','v','f','m','p')   AND n.nspname = 'public' AND c.relname IN ('orders', 'mv_orders', 'v_orders') ORDER BY c.relname, a.attnum

-- ok
SELECT reltuples, relkind FROM pg_catalog.pg_class WHERE oid = 'public.orders'::pg_catalog.regclass

-- ok
SET datestyle = ISO

-- ok
SET extra_float_digits = 3

-- ok
SET intervalstyle = postgres

-- ok
SET search_path = pg_catalog

-- ok
SET timezone = 'GMT'

-- ok
START TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- 0A000
UPDATE public.orders SET amount = $2 WHERE ctid = $1

-- ok
UPDATE public.orders SET amount = 3.00::numeric(12,2) WHERE ((id = 1001))
