package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// cursor walks a message body with every bound checked. The first mistake sticks.
type cursor struct {
	b   []byte
	err *pgerr.Error
}

func (c *cursor) fail(e *pgerr.Error) {
	if c.err == nil {
		c.err = e
	}
	c.b = nil
}

func (c *cursor) byte() byte {
	b := c.bytes(1)
	if c.err != nil {
		return 0
	}
	return b[0]
}

func (c *cursor) uint16() int {
	b := c.bytes(2)
	if c.err != nil {
		return 0
	}
	return int(binary.BigEndian.Uint16(b))
}

func (c *cursor) int32() int {
	b := c.bytes(4)
	if c.err != nil {
		return 0
	}
	return int(int32(binary.BigEndian.Uint32(b)))
}

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.fail(violation("insufficient data left in message"))
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

// text skips a NUL-terminated string, which must be valid UTF-8.
func (c *cursor) text() {
	n := bytes.IndexByte(c.b, 0)
	if n < 0 {
		c.fail(violation("invalid string in message"))
		return
	}
	s := c.b[:n]
	c.b = c.b[n+1:]
	if e := checkUTF8(s); e != nil {
		c.fail(e)
	}
}

func (c *cursor) end() *pgerr.Error {
	if c.err == nil && len(c.b) > 0 {
		c.fail(violation("invalid message format"))
	}
	return c.err
}

// checkUTF8 returns 22021 naming the first bytes of s that are not UTF-8, or that are NUL.
func checkUTF8(s []byte) *pgerr.Error {
	if utf8.Valid(s) && bytes.IndexByte(s, 0) < 0 {
		return nil
	}
	for len(s) > 0 && s[0] != 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			break
		}
		s = s[n:]
	}
	var hex string
	for _, b := range s[:min(len(s), leadLength(s[0]))] {
		hex += fmt.Sprintf(" 0x%02x", b)
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8":%s`, hex)
}

// leadLength is the length of the sequence that a lead byte announces.
func leadLength(b byte) int {
	switch {
	case b&0xe0 == 0xc0:
		return 2
	case b&0xf0 == 0xe0:
		return 3
	case b&0xf8 == 0xf0:
		return 4
	}
	return 1
}

// decoder is a pgproto3 message. Its Decode must only see validated bodies.
type decoder interface{ Decode(src []byte) error }

// decode hands a body that was found valid to pgproto3.
func decode(m decoder, body []byte, invalid *pgerr.Error) error {
	if invalid != nil {
		return invalid
	}
	if err := m.Decode(body); err != nil {
		return violation("invalid message format").WithDetail("%s", err)
	}
	return nil
}

func decodeQuery(body []byte) (string, error) {
	c := cursor{b: body}
	c.text()
	var m pgproto3.Query
	err := decode(&m, body, c.end())
	return m.String, err
}

func decodeParse(body []byte) (m pgproto3.Parse, oids []types.OID, err error) {
	c := cursor{b: body}
	c.text()
	c.text()
	c.bytes(4 * c.uint16())
	if err = decode(&m, body, c.end()); err != nil {
		return m, nil, err
	}
	oids = make([]types.OID, len(m.ParameterOIDs))
	for i, o := range m.ParameterOIDs {
		oids[i] = types.OID(o)
	}
	return m, oids, nil
}

func decodeBind(body []byte) (m pgproto3.Bind, params []Param, err error) {
	if err = decode(&m, body, validateBind(body)); err != nil {
		return m, nil, err
	}
	params = make([]Param, len(m.Parameters))
	for i, v := range m.Parameters {
		params[i] = Param{Format: formatOf(m.ParameterFormatCodes, i), Value: v}
	}
	return m, params, nil
}

// formatOf is the format of value i under Bind's rule: no code means text, one is for all.
func formatOf(codes []int16, i int) int16 {
	switch len(codes) {
	case 0:
		return 0
	case 1:
		return codes[0]
	}
	return codes[i]
}

func validateBind(body []byte) *pgerr.Error {
	c := cursor{b: body}
	c.text()
	portal, _, _ := bytes.Cut(body, []byte{0})
	c.text()
	raw := c.bytes(2 * c.uint16())
	codes := make([]int16, len(raw)/2)
	for i := range codes {
		codes[i] = int16(binary.BigEndian.Uint16(raw[2*i:]))
	}
	n := c.uint16()
	if c.err == nil && len(codes) > 1 && len(codes) != n {
		c.fail(violation("bind message has %d parameter formats but %d parameters", len(codes), n))
	}
	for i := 0; i < n && c.err == nil; i++ {
		if c.value(formatOf(codes, i)); c.err != nil {
			c.err.Where = parameterContext(portal, i)
		}
	}
	c.bytes(2 * c.uint16())
	return c.end()
}

func parameterContext(portal []byte, i int) string {
	if len(portal) == 0 {
		return fmt.Sprintf("unnamed portal parameter $%d", i+1)
	}
	return fmt.Sprintf("portal \"%s\" parameter $%d", portal, i+1)
}

// value skips one parameter value: a length, −1 for NULL, then the bytes.
func (c *cursor) value(format int16) {
	n := c.int32()
	if n == -1 || c.err != nil {
		return
	}
	v := c.bytes(n)
	switch {
	case c.err != nil:
	case format == 0:
		if e := checkUTF8(v); e != nil {
			c.fail(e)
		}
	case format != 1:
		c.fail(pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", format))
	}
}

// decodeTarget decodes the like-shaped Describe and Close: 'S' or 'P', then a name.
func decodeTarget(verb string, body []byte) (kind byte, name string, err error) {
	c := cursor{b: body}
	kind = c.byte()
	c.text()
	invalid := c.end()
	if invalid == nil && kind != 'S' && kind != 'P' {
		invalid = violation("invalid %s message subtype %d", verb, kind)
	}
	var m pgproto3.Describe
	err = decode(&m, body, invalid)
	return kind, m.Name, err
}

func decodeExecute(body []byte) (portal string, maxRows int, err error) {
	c := cursor{b: body}
	c.text()
	c.int32()
	var m pgproto3.Execute
	err = decode(&m, body, c.end())
	return m.Portal, max(0, int(int32(m.MaxRows))), err // negative means no limit too
}

func decodeCopyFail(body []byte) (string, error) {
	c := cursor{b: body}
	c.text()
	var m pgproto3.CopyFail
	err := decode(&m, body, c.end())
	return m.Message, err
}

// decodeEmpty checks a message that has no body.
func decodeEmpty(body []byte) error {
	c := cursor{b: body}
	if e := c.end(); e != nil {
		return e
	}
	return nil
}
