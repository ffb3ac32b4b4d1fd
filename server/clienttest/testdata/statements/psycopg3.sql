-- 34000
CLOSE "sc"

-- 0A000
COPY orders(customer_id,amount) FROM STDIN (FORMAT BINARY)

-- ok
DEALLOCATE ALL

-- 0A000
DECLARE "sc" CURSOR FOR select * from orders

-- 0A000
FETCH FORWARD 1 FROM "sc"

-- ok
SELECT
    t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
    t.oid::regtype::text AS regtype,
    coalesce(a.fnames, '{}') AS field_names,
    coalesce(a.ftypes, '{}') AS field_types
FROM pg_type t
LEFT JOIN (
    SELECT
        attrelid,
        array_agg(attname) AS fnames,
        array_agg(atttypid) AS ftypes
    FROM (
        SELECT a.attrelid, a.attname, a.atttypid
        FROM pg_attribute a
        JOIN pg_type t ON t.typrelid = a.attrelid
        WHERE t.oid = to_regtype($1)
        AND a.attnum > 0
        AND NOT a.attisdropped
        ORDER BY a.attnum
    ) x
    GROUP BY attrelid
) a ON a.attrelid = t.typrelid
WHERE t.oid = to_regtype($1)

-- ok
SELECT
    typname AS name, oid, typarray AS array_oid,
    oid::regtype::text AS regtype, typdelim AS delimiter
FROM pg_type t
WHERE t.oid = to_regtype($1)
ORDER BY t.oid

-- ok
SELECT name, oid, array_oid, array_agg(label) AS labels
FROM (
    SELECT
        t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
        e.enumlabel AS label
    FROM pg_type t
    LEFT JOIN  pg_enum e
    ON e.enumtypid = t.oid
    WHERE t.oid = to_regtype($1)
    ORDER BY e.enumsortorder
) x
GROUP BY name, oid, array_oid

-- 23502
insert into orders(customer_id,amount) values ($1,$2)

-- 0A000
listen x

-- 0A000
notify x,'y'

-- ok
select $1::int8

-- ok
select * from orders

-- ok
select id,amount from orders where id=$1 and u is not distinct from $2 and customer_id=$3

-- ok
select id,amount,data,d,t,b,f8,u from orders
