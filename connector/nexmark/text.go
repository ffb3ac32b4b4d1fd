package nexmark

import (
	"math"
	"strconv"
)

var (
	firstNames = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames  = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
	cities     = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states     = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	// hotChannelNames are the channels half of the bids come over.
	hotChannelNames = []string{"Google", "Facebook", "Baidu", "Apple"}
)

const (
	poolSize    = 1 << 16
	poolTail    = 4096 // longest string cut from the pool
	priceSteps  = 4096
	priceDigits = 6 // prices run from 1 to 10^6 dollars
)

// text holds the strings and prices that events are cut from.
type text struct {
	pool     string       // random lower-case letters
	channels []channelBox // the hot ones first
	urls     []urlBox     // by channel
	price    [priceSteps + 1]float64
}

// A box holds a short string, its length in the last byte, so that it can be copied by
// moves of constant size.
type (
	channelBox [16]byte
	urlBox     [96]byte
)

func boxChannel(s string) (b channelBox) {
	copy(b[:], s)
	b[len(b)-1] = byte(len(s))
	return b
}

func boxURL(s string) (b urlBox) {
	copy(b[:], s)
	b[len(b)-1] = byte(len(s))
	return b
}

func newText(seed uint64) *text {
	t := &text{}
	s := newStream(seed, 1<<20)
	pool := make([]byte, poolSize+poolTail)
	for i := range pool {
		k, _ := draw(s.at(uint64(i)), 26)
		pool[i] = 'a' + byte(k)
	}
	t.pool = string(pool)
	for i := range t.price {
		t.price[i] = math.Pow(10, priceDigits*float64(i)/priceSteps)
	}
	t.fillChannels(newStream(seed, 1<<20+1))
	return t
}

// fillChannels names the channels. A hot channel's url bears no channel_id, nor does one
// in ten of the others.
func (t *text) fillChannels(s stream) {
	for i := range len(hotChannelNames) + coldChannels {
		r := s.at(uint64(i))
		url := "https://www.nexmark.com/" + t.cut(mix(r+1), 5) + "/" + t.cut(mix(r+2), 5) + "/" + t.cut(mix(r+3), 5) + "/item.htm?query=1"
		if i < len(hotChannelNames) {
			t.channels = append(t.channels, boxChannel(hotChannelNames[i]))
		} else {
			t.channels = append(t.channels, boxChannel("channel-"+strconv.Itoa(i-len(hotChannelNames))))
			if k, rest := draw(r, 10); k != 0 {
				url += "&channel_id=" + strconv.FormatUint(rest>>33, 10)
			}
		}
		t.urls = append(t.urls, boxURL(url))
	}
}

// cut is n letters picked by the random word r.
func (t *text) cut(r uint64, n int) string {
	k := r >> 48
	return t.pool[k : int(k)+n]
}

// dollars is a log-uniform price in cents picked by the random word r.
func (t *text) dollars(r uint64) int64 {
	i := r >> 52
	part := float64(r<<12>>12) / (1 << 52)
	step := float64((t.price[i+1] - t.price[i]) * part) // the conversion forbids fusing
	return int64(math.Round((t.price[i] + step) * 100))
}

// channel is the channel of bid event n, as an index into the tables.
func (m *model) channel(n uint64) uint64 {
	hot, r := draw(m.streams[streamChannel].at(n), m.hotChannelRatio)
	if hot != 0 {
		k, _ := draw(r, uint64(len(hotChannelNames)))
		return k
	}
	k, _ := draw(r, coldChannels)
	return k + uint64(len(hotChannelNames))
}
