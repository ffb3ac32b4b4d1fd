package nexmark

import (
	"context"
	"time"

	"streamdb/connector"
	"streamdb/connector/sequence"
)

const (
	defaultBaseTime = "2015-07-15 00:00:00"
	maxSplits       = 256 // each is read by a reader of its own
)

// Spec is the nexmark connector.
func Spec() *connector.Spec {
	return &connector.Spec{
		Name: "nexmark",
		Doc:  "the Nexmark auction site: people, auctions and bids, generated from a seed",
		Options: []connector.OptionSpec{
			{Name: "nexmark.table.type", Values: []string{"person", "auction", "bid"}, Doc: "one table only; default: all events in one"},
			{Name: "nexmark.seed", Default: "0", Doc: "which of the possible auction sites"},
			{Name: "nexmark.event.num", Default: "-1", Doc: "events of all kinds in total; -1: without end"},
			{Name: "nexmark.events.per.second", Default: "0", Doc: "events of all kinds per second; 0: as fast as they are read"},
			{Name: "nexmark.start.time", Doc: "RFC 3339 time at which event 0 is due; default: when reading starts"},
			{Name: "nexmark.min.event.gap.in.ns", Default: "100000", Doc: "event time from one event to the next"},
			{Name: "nexmark.base.time", Default: defaultBaseTime, Doc: "event time of event 0"},
			{Name: "nexmark.split.num", Default: "1", Doc: "parts that can be read side by side"},
			{Name: "nexmark.active.people", Default: "1000", Doc: "people who bid and sell at a time"},
			{Name: "nexmark.in.flight.auctions", Default: "100", Doc: "auctions open at a time"},
			{Name: "nexmark.hot.seller.ratio", Default: "4", Doc: "all but one in so many auctions are of a hot seller"},
			{Name: "nexmark.hot.auction.ratio", Default: "2", Doc: "all but one in so many bids are for a hot auction"},
			{Name: "nexmark.hot.bidder.ratio", Default: "4", Doc: "all but one in so many bids are of a hot bidder"},
			{Name: "nexmark.hot.channel.ratio", Default: "2", Doc: "all but one in so many bids come over a hot channel"},
			{Name: "nexmark.num.categories", Default: "5", Doc: "categories of auctions"},
			{Name: "nexmark.avg.person.byte.size", Default: "200", Doc: "average size of a person"},
			{Name: "nexmark.avg.auction.byte.size", Default: "500", Doc: "average size of an auction"},
			{Name: "nexmark.avg.bid.byte.size", Default: "100", Doc: "average size of a bid"},
		},
		Discover:  discover,
		NewSource: func(cfg connector.Config) (connector.Source, error) { return newSource(cfg) },
	}
}

func tableKind(o connector.Options) kind {
	switch o["nexmark.table.type"] {
	case "person":
		return person
	case "auction":
		return auction
	case "bid":
		return bid
	}
	return combined
}

func discover(_ context.Context, cfg connector.Config) (connector.Found, error) {
	s, err := newSource(cfg)
	if err != nil {
		return connector.Found{}, err
	}
	return connector.Found{Schema: s.schema}, nil
}

func newSource(cfg connector.Config) (*source, error) {
	k := tableKind(cfg.Options)
	own := schemaOf(k)
	pick, err := connector.Pick(cfg.Schema, own)
	if err != nil {
		return nil, err
	}
	s := &source{kind: k, schema: cfg.Schema, splits: 1}
	if s.schema == nil {
		s.schema = own
	}
	all := tableColumns(k)
	for _, c := range pick {
		s.cols = append(s.cols, all[c])
	}
	return s, s.configure(cfg.Options)
}

func (s *source) configure(o connector.Options) error {
	m := &model{}
	var seed, events, baseBytes int64
	numbers := []struct {
		name string
		low  int64
		set  func(int64)
	}{
		{"nexmark.seed", -1 << 63, func(n int64) { seed = n }},
		{"nexmark.event.num", -1, func(n int64) { events = n }},
		{"nexmark.split.num", 1, func(n int64) { s.ways = uint64(n) }},
		{"nexmark.min.event.gap.in.ns", 0, func(n int64) { m.gapNanos = uint64(n) }},
		{"nexmark.active.people", 1, func(n int64) { m.activePeople = uint64(n) }},
		{"nexmark.in.flight.auctions", 1, func(n int64) { m.inFlight = uint64(n) }},
		{"nexmark.hot.seller.ratio", 1, func(n int64) { m.hotSellerRatio = uint64(n) }},
		{"nexmark.hot.auction.ratio", 1, func(n int64) { m.hotAuctionRatio = uint64(n) }},
		{"nexmark.hot.bidder.ratio", 1, func(n int64) { m.hotBidderRatio = uint64(n) }},
		{"nexmark.hot.channel.ratio", 1, func(n int64) { m.hotChannelRatio = uint64(n) }},
		{"nexmark.num.categories", 1, func(n int64) { m.categories = uint64(n) }},
		{"nexmark.avg.person.byte.size", 0, func(n int64) { m.avgBytes[person] = int(n); baseBytes = max(baseBytes, n) }},
		{"nexmark.avg.auction.byte.size", 0, func(n int64) { m.avgBytes[auction] = int(n); baseBytes = max(baseBytes, n) }},
		{"nexmark.avg.bid.byte.size", 0, func(n int64) { m.avgBytes[bid] = int(n); baseBytes = max(baseBytes, n) }},
	}
	for _, f := range numbers {
		n, err := o.Int(f.name, 0, f.low)
		if err != nil {
			return err
		}
		f.set(n)
	}
	if s.ways > maxSplits {
		return connector.BadValue("nexmark.split.num", o["nexmark.split.num"], "It must be at most 256.")
	}
	if baseBytes > poolTail/2 {
		return connector.BadValue("nexmark.avg.*.byte.size", o["nexmark.avg.bid.byte.size"], "Rows may have at most 2048 bytes on average.")
	}
	s.count = uint64(events) // −1 is sequence.Unbounded
	m.seed = uint64(seed)
	if err := s.setTimes(m, o); err != nil {
		return err
	}
	m.prepare()
	s.model = m
	return nil
}

// setTimes reads the options of event time and of pace.
func (s *source) setTimes(m *model, o connector.Options) error {
	base, err := time.Parse(time.DateTime, o["nexmark.base.time"])
	if err != nil {
		return connector.BadValue("nexmark.base.time", o["nexmark.base.time"], "It must be a timestamp such as "+defaultBaseTime+".")
	}
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	m.baseTime = (base.Unix() - epoch.Unix()) * microsPerSecond
	rate, err := o.Rate("nexmark.events.per.second", 0)
	if err != nil {
		return err
	}
	var start time.Time
	if text := o["nexmark.start.time"]; text != "" {
		if start, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return connector.BadValue("nexmark.start.time", text, "It must be a time such as 2026-01-02T15:04:05Z.")
		}
	}
	s.pace = sequence.NewPace(rate, start)
	return nil
}
