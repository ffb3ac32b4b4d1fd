-- Running balances: deposits, withdrawals and transfers, summed by user. Both sides of a
-- transfer are one transaction, so no reader ever sees money missing.
CREATE TABLE movements (id bigint PRIMARY KEY, account text NOT NULL, amount numeric(12, 2) NOT NULL);
CREATE MATERIALIZED VIEW balances AS
    SELECT account, sum(amount) AS balance, count(*) AS movements FROM movements GROUP BY account;
CREATE MATERIALIZED VIEW bank AS SELECT sum(balance) AS balance FROM balances;

INSERT INTO movements VALUES (1, 'alice', 100.00), (2, 'bob', 50.00), (3, 'carol', 25.50);
SELECT * FROM balances ORDER BY account;

BEGIN;
INSERT INTO movements VALUES (4, 'alice', -30.00);
INSERT INTO movements VALUES (5, 'bob', 30.00);
COMMIT;
SELECT * FROM balances ORDER BY account;
SELECT * FROM bank;

-- A movement taken back leaves no trace in the views.
DELETE FROM movements WHERE id = 3;
SELECT * FROM balances ORDER BY account;
SELECT * FROM bank;
