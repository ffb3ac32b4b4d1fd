// Package nexmark generates the Nexmark auction site: people, auctions and bids, in the
// proportion 1 : 3 : 46, straight into columns.
//
// Event n is a pure function of the seed and n: every random choice is a hash of the seed,
// the column and n. So two runs, a resumed run, a source of one table and the combined
// source all see the same auction site, and any reader can start anywhere.
//
// The model is the classic one: ids grow from 1000; bids prefer hot auctions and hot bidders,
// auctions prefer hot sellers; prices are log-uniform; half of the bids come over four hot
// channels, the rest over 10,000 others. Two things differ on purpose. Bidders are people
// who exist (one popular generator adds the first id twice, so that its bidders and people
// never meet). Event time starts at a fixed instant and moves on by a fixed gap per event
// (100 µs by default: 10,000 events per second of event time), whatever the speed of reading.
package nexmark
