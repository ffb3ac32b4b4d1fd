package nexmark

import (
	"slices"
	"unsafe"

	"streamdb/types"
)

// ints fills a bigint column.
func ints(f func(*model, uint64) int64) func(*model, *types.Vec, []uint64) {
	return func(m *model, v *types.Vec, events []uint64) {
		v.Resize(len(events))
		out := v.Int64s()
		for i, n := range events {
			out[i] = f(m, n)
		}
	}
}

// times fills a timestamp column.
func times(f func(*model, uint64) int64) func(*model, *types.Vec, []uint64) { return ints(f) }

func fillKind(_ *model, v *types.Vec, events []uint64) {
	v.Resize(len(events))
	out := v.Int32s()
	for i, n := range events {
		out[i] = int32(kindOf(n))
	}
}

// words fills a column with words of a list.
func words(s int, list []string) func(*model, *types.Vec, []uint64) {
	return func(m *model, v *types.Vec, events []uint64) {
		for _, n := range events {
			k, _ := draw(m.streams[s].at(n), uint64(len(list)))
			v.AppendStr(list[k])
		}
	}
}

// letters fills a column with random letters.
func letters(s, length int) func(*model, *types.Vec, []uint64) {
	return func(m *model, v *types.Vec, events []uint64) {
		for _, n := range events {
			v.AppendStr(m.text.cut(m.streams[s].at(n), length))
		}
	}
}

func fillName(m *model, v *types.Vec, events []uint64) {
	for _, n := range events {
		first, r := draw(m.streams[streamName].at(n), uint64(len(firstNames)))
		last, _ := draw(r, uint64(len(lastNames)))
		v.Data = append(v.Data, firstNames[first]...)
		v.Data = append(v.Data, ' ')
		v.AppendStr(lastNames[last])
	}
}

func fillEmail(m *model, v *types.Vec, events []uint64) {
	for _, n := range events {
		r := m.streams[streamEmail].at(n)
		v.Data = append(v.Data, m.text.cut(r, 7)...)
		v.Data = append(v.Data, '@')
		v.Data = append(v.Data, m.text.cut(r<<16, 5)...)
		v.AppendStr(".com")
	}
}

func fillCard(m *model, v *types.Vec, events []uint64) {
	for _, n := range events {
		r := m.streams[streamCard].at(n)
		for i := range 16 {
			if i > 0 && i%4 == 0 {
				v.Data = append(v.Data, ' ')
			}
			var digit uint64
			digit, r = draw(r, 10)
			v.Data = append(v.Data, '0'+byte(digit))
		}
		v.EndBytes()
	}
}

// fillState keeps a person's state in step with nothing: the classic model draws city and
// state apart.
func fillState(m *model, v *types.Vec, events []uint64) {
	for _, n := range events {
		k, _ := draw(mix(m.streams[streamCity].at(n)), uint64(len(states)))
		v.AppendStr(states[k])
	}
}

// room returns the data buffer of v, empty but as long as its capacity, which is at least n.
func room(v *types.Vec, n int) []byte {
	if cap(v.Data) < n {
		v.Data = make([]byte, 0, n)
	}
	return v.Data[:cap(v.Data)]
}

func fillChannel(m *model, v *types.Vec, events []uint64) {
	const width = len(channelBox{})
	data, off, end := room(v, len(events)*width), v.Off, 0
	for _, n := range events {
		box := &m.text.channels[m.channel(n)]
		*(*channelBox)(data[end:]) = *box
		end += int(box[width-1])
		off = append(off, int32(end))
	}
	v.Data, v.Off, v.N = data[:end], off, len(events)
}

func fillURL(m *model, v *types.Vec, events []uint64) {
	const width = len(urlBox{})
	data, off, end := room(v, len(events)*width), v.Off, 0
	for _, n := range events {
		box := &m.text.urls[m.channel(n)]
		*(*urlBox)(data[end:]) = *box
		end += int(box[width-1])
		off = append(off, int32(end))
	}
	v.Data, v.Off, v.N = data[:end], off, len(events)
}

// extraCut is the longest padding that is copied by moves of constant size.
const extraCut = 96

func fillExtra(m *model, v *types.Vec, events []uint64) {
	// This is enough for bids; longer rows make it grow.
	data, off, s, end := room(v, len(events)*m.avgBytes[bid]), v.Off, m.streams[streamExtra], 0
	for _, n := range events {
		length, r := m.extraLen(kindOf(n), s.at(n))
		if need := end + max(length, extraCut); need > len(data) {
			data = slices.Grow(data[:end], need+need/4-end)
			data = data[:cap(data)]
		}
		from := m.text.pool[r>>48:]
		if length <= extraCut {
			*(*[extraCut]byte)(data[end:]) = *(*[extraCut]byte)(unsafe.Slice(unsafe.StringData(from), extraCut))
		} else {
			copy(data[end:], from[:length])
		}
		end += length
		off = append(off, int32(end))
	}
	v.Data, v.Off, v.N = data[:end], off, len(events)
}
