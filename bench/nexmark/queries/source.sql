-- All events in one source, in their order, and a view of each kind.
CREATE SOURCE nexmark WITH (connector = 'nexmark', {{options}});

CREATE VIEW person AS
SELECT person_id AS id, person_name AS name, person_email_address AS email_address, person_credit_card AS credit_card,
  person_city AS city, person_state AS state, date_time, extra
FROM nexmark
WHERE event_type = 0;

CREATE VIEW auction AS
SELECT auction_id AS id, auction_item_name AS item_name, auction_description AS description,
  auction_initial_bid AS initial_bid, auction_reserve AS reserve, date_time, auction_expires AS expires,
  auction_seller AS seller, auction_category AS category, extra
FROM nexmark
WHERE event_type = 1;

CREATE VIEW bid AS
SELECT bid_auction AS auction, bid_bidder AS bidder, bid_price AS price, bid_channel AS channel, bid_url AS url,
  date_time, extra
FROM nexmark
WHERE event_type = 2;
