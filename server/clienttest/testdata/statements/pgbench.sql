-- ok
END;

-- ok
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (4, 1, 91085, 407, CURRENT_TIMESTAMP);

-- ok
SELECT abalance FROM pgbench_accounts WHERE aid = $1;

-- ok
SELECT abalance FROM pgbench_accounts WHERE aid = 76527;

-- ok
UPDATE pgbench_accounts SET abalance = abalance + 407 WHERE aid = 91085;

-- ok
UPDATE pgbench_branches SET bbalance = bbalance + 407 WHERE bid = 1;

-- ok
UPDATE pgbench_tellers SET tbalance = tbalance + 407 WHERE tid = 4;

-- 0A000
alter table pgbench_accounts add primary key (aid)

-- 0A000
alter table pgbench_branches add primary key (bid)

-- 0A000
alter table pgbench_tellers add primary key (tid)

-- ok
copy pgbench_accounts from stdin with (freeze on)

-- 42P07
create table pgbench_accounts(aid    int not null,bid int,abalance int,filler char(84)) with (fillfactor=100)

-- 42P07
create table pgbench_branches(bid int not null,bbalance int,filler char(88)) with (fillfactor=100)

-- 42P07
create table pgbench_history(tid int,bid int,aid    int,delta int,mtime timestamp,filler char(22))

-- 42P07
create table pgbench_tellers(tid int not null,bid int,tbalance int,filler char(84)) with (fillfactor=100)

-- ok
insert into pgbench_branches(bid,bbalance) values(1,0)

-- ok
insert into pgbench_tellers(tid,bid,tbalance) values (1,1,0)

-- ok
select count(*) from pgbench_branches

-- ok
select o.n, p.partstrat, pg_catalog.count(i.inhparent) from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on (n.oid = c.relnamespace) cross join lateral (select pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname)) as o(n) left join pg_catalog.pg_partitioned_table as p on (p.partrelid = c.oid) left join pg_catalog.pg_inherits as i on (c.oid = i.inhparent) where c.relname = 'pgbench_accounts' and o.n is not null group by 1, 2 order by 1 asc limit 1

-- ok
truncate pgbench_history

-- ok
truncate table pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers

-- ok
vacuum analyze pgbench_accounts

-- ok
vacuum analyze pgbench_branches

-- ok
vacuum analyze pgbench_history

-- ok
vacuum analyze pgbench_tellers

-- ok
vacuum pgbench_branches

-- ok
vacuum pgbench_tellers

-- ok
drop table if exists pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers
