-- New sellers: people who opened an auction in the ten seconds in which they came.
-- reads: auction, person
SELECT p.id, p.name, p.window_start
FROM (
  SELECT id, name, window_start
  FROM TUMBLE(person, date_time, INTERVAL '10 seconds')
  GROUP BY id, name, window_start
) AS p
JOIN (
  SELECT seller, window_start
  FROM TUMBLE(auction, date_time, INTERVAL '10 seconds')
  GROUP BY seller, window_start
) AS a ON a.seller = p.id AND a.window_start = p.window_start
