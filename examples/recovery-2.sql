-- Recovery, second part, after kill -9: every acknowledged write is there.
SELECT * FROM spending ORDER BY customer;

-- The source goes on where the checkpoint left it. Wait for its end.
WAIT;
SELECT * FROM seen;

-- Views go on being kept up to date.
DELETE FROM orders WHERE customer = 'customer 2';
SELECT * FROM spending ORDER BY customer;
