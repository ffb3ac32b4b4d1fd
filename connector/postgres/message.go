package postgres

import (
	"bytes"
	"encoding/binary"

	"streamdb/types/pgerr"
)

// The messages of pgoutput, protocol version 1.
type (
	beginMessage  struct{ final lsn }
	commitMessage struct{ end lsn }

	relationMessage struct {
		id           uint32
		schema, name string
		identity     byte
		columns      []relationColumn
	}
	relationColumn struct {
		key  bool
		name string
		oid  uint32
		mod  int32
	}

	// changeMessage is an insert, update or delete.
	changeMessage struct {
		kind     byte // I, U, D
		relation uint32
		oldKind  byte // K: key columns only; O: whole row; 0: none
		old, new []cell
	}
	truncateMessage struct{ relations []uint32 }
)

// cell is one value of a row as it was sent.
type cell struct {
	kind byte // n NULL, u unchanged and not sent, t text
	text []byte
}

// decode reads one message. Messages that do not matter (types, origins, logical
// messages) give nil.
func decode(data []byte) (any, error) {
	p := &parser{rest: data}
	var m any
	switch kind := p.byte(); kind {
	case 'B':
		m = beginMessage{final: lsn(p.uint64())}
		p.take(8 + 4)
	case 'C':
		p.take(1 + 8)
		m = commitMessage{end: lsn(p.uint64())}
		p.take(8)
	case 'R':
		m = p.relation()
	case 'I', 'U', 'D':
		m = p.change(kind)
	case 'T':
		n := p.uint32()
		p.take(1)
		var t truncateMessage
		for range min(n, uint32(len(p.rest)/4)) {
			t.relations = append(t.relations, p.uint32())
		}
		m = t
	case 'Y', 'O', 'M':
		return nil, nil
	default:
		return nil, pgerr.New(pgerr.ProtocolViolation, "upstream sent an unknown replication message %q", kind)
	}
	if p.bad {
		return nil, pgerr.New(pgerr.ProtocolViolation, "upstream sent a replication message %q that is too short", data[:1])
	}
	return m, nil
}

// parser takes a message apart; bad is set when it ended too early.
type parser struct {
	rest []byte
	bad  bool
}

func (p *parser) take(n int) []byte {
	if n < 0 || n > len(p.rest) {
		p.bad, p.rest = true, nil
		return nil
	}
	b := p.rest[:n:n]
	p.rest = p.rest[n:]
	return b
}

func (p *parser) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *parser) uint16() uint16 {
	if b := p.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (p *parser) uint32() uint32 {
	if b := p.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (p *parser) uint64() uint64 {
	if b := p.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (p *parser) string() string {
	end := bytes.IndexByte(p.rest, 0)
	if end < 0 {
		p.bad, p.rest = true, nil
		return ""
	}
	s := string(p.rest[:end])
	p.rest = p.rest[end+1:]
	return s
}

func (p *parser) relation() relationMessage {
	r := relationMessage{id: p.uint32(), schema: p.string(), name: p.string(), identity: p.byte()}
	for range p.uint16() {
		if p.bad {
			break
		}
		r.columns = append(r.columns, relationColumn{
			key: p.byte()&1 != 0, name: p.string(), oid: p.uint32(), mod: int32(p.uint32()),
		})
	}
	return r
}

func (p *parser) change(kind byte) changeMessage {
	c := changeMessage{kind: kind, relation: p.uint32()}
	part := p.byte()
	if part == 'K' || part == 'O' {
		c.oldKind, c.old = part, p.tuple()
		if kind == 'D' {
			return c
		}
		part = p.byte()
	}
	if part != 'N' {
		p.bad = true
		return c
	}
	c.new = p.tuple()
	return c
}

func (p *parser) tuple() []cell {
	n := int(p.uint16())
	if n > len(p.rest) {
		p.bad = true
		return nil
	}
	cells := make([]cell, n)
	for i := range cells {
		c := cell{kind: p.byte()}
		switch c.kind {
		case 'n', 'u':
		case 't':
			c.text = p.take(int(p.uint32()))
		default:
			p.bad = true
		}
		if p.bad {
			return nil
		}
		cells[i] = c
	}
	return cells
}
