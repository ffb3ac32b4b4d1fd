-- Upper-casing a stream: a view that turns each row into another one.
CREATE TABLE words (id bigint PRIMARY KEY, word text NOT NULL);
CREATE MATERIALIZED VIEW shouted AS SELECT id, upper(word) AS word FROM words;

INSERT INTO words VALUES (1, 'hello'), (2, 'stream'), (3, 'processing');
SELECT * FROM shouted ORDER BY id;

-- The view follows changes and deletions, too.
UPDATE words SET word = 'streams' WHERE id = 2;
DELETE FROM words WHERE id = 3;
SELECT * FROM shouted ORDER BY id;
