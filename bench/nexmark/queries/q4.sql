-- Average price by category: of the highest bid each auction got while it was open.
-- reads: auction, bid
SELECT category, avg(final) AS price
FROM (
  SELECT a.category, max(b.price) AS final
  FROM auction AS a
  JOIN bid AS b ON b.auction = a.id
  WHERE b.date_time BETWEEN a.date_time AND a.expires
  GROUP BY a.id, a.category
) AS closed
GROUP BY category
