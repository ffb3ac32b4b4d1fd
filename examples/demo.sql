-- The demo: the Nexmark auction site, 2,000 events a second (500,000 ns of event time from
-- one to the next, so that it keeps pace with the clock), and four views over it.
CREATE SOURCE person WITH (connector = 'nexmark', nexmark.table.type = 'person',
    nexmark.seed = 42, nexmark.events.per.second = 2000,
    nexmark.min.event.gap.in.ns = 500000);
CREATE SOURCE auction WITH (connector = 'nexmark', nexmark.table.type = 'auction',
    nexmark.seed = 42, nexmark.events.per.second = 2000,
    nexmark.min.event.gap.in.ns = 500000);
CREATE SOURCE bid WITH (connector = 'nexmark', nexmark.table.type = 'bid',
    nexmark.seed = 42, nexmark.events.per.second = 2000,
    nexmark.min.event.gap.in.ns = 500000);

-- A filter.
CREATE MATERIALIZED VIEW big_bids AS
    SELECT auction, bidder, price, date_time FROM bid WHERE price >= 50000000;

-- An aggregate by key.
CREATE MATERIALIZED VIEW channels AS
    SELECT channel, count(*) AS bids, max(price) AS highest, avg(price)::numeric(12,2) AS average
    FROM bid GROUP BY channel;

-- An aggregate over windows of one second of event time.
CREATE MATERIALIZED VIEW per_second AS
    SELECT window_start, count(*) AS bids, sum(price) AS volume
    FROM TUMBLE(bid, date_time, INTERVAL '1 second') GROUP BY window_start;

-- A join of three sources.
CREATE MATERIALIZED VIEW leaders AS
    SELECT a.id AS auction, a.item_name AS item, p.name AS seller, p.city,
           count(*) AS bids, max(b.price) AS price
    FROM auction a JOIN person p ON p.id = a.seller JOIN bid b ON b.auction = a.id
    GROUP BY a.id, a.item_name, p.name, p.city;
