-- Login and purchase counts by user.
CREATE TABLE actions (user_id int NOT NULL, action text NOT NULL, amount numeric(10, 2));
CREATE MATERIALIZED VIEW activity AS
    SELECT user_id,
           count(*) FILTER (WHERE action = 'login') AS logins,
           count(*) FILTER (WHERE action = 'purchase') AS purchases,
           coalesce(sum(amount) FILTER (WHERE action = 'purchase'), 0) AS spent
    FROM actions GROUP BY user_id;
-- A view on a view: users who log in but do not buy.
CREATE MATERIALIZED VIEW window_shoppers AS
    SELECT user_id, logins FROM activity WHERE logins >= 2 AND purchases = 0;

INSERT INTO actions VALUES
    (1, 'login', NULL), (2, 'login', NULL), (1, 'purchase', 19.99), (2, 'login', NULL),
    (3, 'login', NULL), (1, 'purchase', 5.01);
SELECT * FROM activity ORDER BY user_id;
SELECT * FROM window_shoppers;

INSERT INTO actions VALUES (2, 'purchase', 12.00), (3, 'login', NULL);
SELECT * FROM activity ORDER BY user_id;
SELECT * FROM window_shoppers;
