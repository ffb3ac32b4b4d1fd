package nexmark

// kind is the type of an event.
type kind uint8

const (
	person kind = iota
	auction
	bid
	combined // all three
)

// Events come in blocks of 50: one person, three auctions, 46 bids.
const (
	blockSize     = 50
	blockPeople   = 1
	blockAuctions = 3
	firstBid      = blockPeople + blockAuctions

	firstPersonID   = 1000
	firstAuctionID  = 1000
	firstCategory   = 10
	hotGroup        = 100 // the first of every so many ids is hot
	personIDLead    = 10  // ids may run so far ahead of those that exist
	auctionIDLead   = 10
	coldChannels    = 10000
	microsPerSecond = 1_000_000
)

// kindOf is the type of event n.
func kindOf(n uint64) kind {
	switch o := n % blockSize; {
	case o < blockPeople:
		return person
	case o < firstBid:
		return auction
	}
	return bid
}

// model is the auction site: what the options say, and the streams its choices come from.
type model struct {
	seed     uint64
	baseTime int64  // µs since 2000-01-01 of event 0
	gapNanos uint64 // event time between two events

	activePeople    uint64
	inFlight        uint64 // auctions open at a time
	hotSellerRatio  uint64 // all but one in so many are hot
	hotAuctionRatio uint64
	hotBidderRatio  uint64
	hotChannelRatio uint64
	categories      uint64
	avgBytes        [3]int // of a row, by kind; extra pads to it

	streams [numStreams]stream
	text    *text
}

// The streams: one per independent choice.
const (
	streamName = iota
	streamEmail
	streamCard
	streamCity
	streamItem
	streamDescription
	streamPrice // the bid's price, or the auction's initial bid
	streamReserve
	streamExpires
	streamSeller
	streamCategory
	streamAuction
	streamBidder
	streamChannel
	streamExtra
	numStreams
)

// prepare derives what follows from the options.
func (m *model) prepare() {
	for i := range m.streams {
		m.streams[i] = newStream(m.seed, i)
	}
	m.text = newText(m.seed)
}

// time is the event time of event n, in µs since 2000-01-01.
func (m *model) time(n uint64) int64 { return m.baseTime + int64(n*m.gapNanos/1000) }

// lastPerson is the number, from 0, of the newest person at event n.
func lastPerson(n uint64) uint64 { return n / blockSize }

// lastAuction is the number, from 0, of the newest auction at event n; a person's event,
// which precedes its block's auctions, sees the block before. Block 0 sees auction 0.
func lastAuction(n uint64) uint64 {
	block, o := n/blockSize, n%blockSize
	switch {
	case o < blockPeople:
		if block == 0 {
			return 0
		}
		return block*blockAuctions - 1
	case o < firstBid:
		return block*blockAuctions + o - blockPeople
	}
	return block*blockAuctions + blockAuctions - 1
}

// personID is the id of the person of event n.
func personID(n uint64) int64 { return int64(lastPerson(n)) + firstPersonID }

// auctionID is the id of the auction of event n.
func auctionID(n uint64) int64 { return int64(lastAuction(n)) + firstAuctionID }

// somePerson picks one of the active people, or one slightly ahead.
func (m *model) somePerson(n, r uint64) int64 {
	people := lastPerson(n) + 1
	active := min(people, m.activePeople)
	k, _ := draw(r, active+personIDLead)
	return int64(people-active+k) + firstPersonID
}

// seller is the seller of auction event n.
func (m *model) seller(n uint64) int64 {
	hot, r := draw(m.streams[streamSeller].at(n), m.hotSellerRatio)
	if hot != 0 {
		return int64(lastPerson(n)/hotGroup*hotGroup) + firstPersonID
	}
	return m.somePerson(n, r)
}

// bidAuction is the auction that bid event n is for.
func (m *model) bidAuction(n uint64) int64 {
	last := lastAuction(n)
	hot, r := draw(m.streams[streamAuction].at(n), m.hotAuctionRatio)
	if hot != 0 {
		return int64(last/hotGroup*hotGroup) + firstAuctionID
	}
	low := last - min(last, m.inFlight)
	k, _ := draw(r, last-low+1+auctionIDLead)
	return int64(low+k) + firstAuctionID
}

// bidder is the person who makes bid event n.
func (m *model) bidder(n uint64) int64 {
	hot, r := draw(m.streams[streamBidder].at(n), m.hotBidderRatio)
	if hot != 0 {
		return int64(lastPerson(n)/hotGroup*hotGroup+1) + firstPersonID
	}
	return m.somePerson(n, r)
}

// expires is when the auction of event n closes: after up to twice the time in which the
// site opens as many auctions as it has open at a time.
func (m *model) expires(n uint64) int64 {
	horizon := m.inFlight * blockSize / blockAuctions * m.gapNanos / 1000
	k, _ := draw(m.streams[streamExpires].at(n), max(2*horizon, 1))
	return m.time(n) + int64(k) + 1
}

// extraLen is the length of event n's padding: what its row lacks of the average size,
// give or take a fifth. word is event n's word of the extra stream; the other result is
// what is left of it.
func (m *model) extraLen(k kind, word uint64) (int, uint64) {
	want := m.avgBytes[k] - fixedBytes[k]
	if want <= 0 {
		return 0, word
	}
	fifth := want / 5
	d, rest := draw(word, uint64(2*fifth+1))
	return want - fifth + int(d), rest
}

// fixedBytes is the size of a row without its padding, by kind.
var fixedBytes = [3]int{person: 90, auction: 176, bid: 32}
