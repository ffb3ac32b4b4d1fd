-- Selection: bids for some auctions.
-- reads: bid
SELECT auction, price
FROM bid
WHERE auction % 123 = 0
