-- ok
BEGIN

-- 0A000
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY

-- ok
COMMIT

-- ok
COPY orders TO STDOUT

-- ok
COPY orders(customer_id,amount) FROM STDIN

-- 0A000
DECLARE "nc" CURSOR WITHOUT HOLD FOR select * from orders

-- ok
DISCARD ALL

-- 0A000
FETCH FORWARD 1 FROM "nc"

-- ok
ROLLBACK

-- ok
SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';

-- ok
SET default_transaction_read_only TO 'off'

-- 23502
insert into orders(customer_id,amount) values (1,1),(2,2)

-- 42P01
select * from nosuch

-- ok
select 1

-- ok
select id,amount from orders where id=1
