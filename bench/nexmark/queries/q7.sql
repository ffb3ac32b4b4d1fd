-- Highest bid: the bids with the highest price of each ten seconds.
-- reads: bid
SELECT b.auction, b.price, b.bidder, b.date_time, b.extra
FROM TUMBLE(bid, date_time, INTERVAL '10 seconds') AS b
JOIN (
  SELECT window_start, max(price) AS price
  FROM TUMBLE(bid, date_time, INTERVAL '10 seconds')
  GROUP BY window_start
) AS top ON top.window_start = b.window_start AND top.price = b.price
