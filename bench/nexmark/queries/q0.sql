-- Pass through: what moving every bid costs.
-- reads: bid
SELECT auction, bidder, price, date_time, extra
FROM bid
