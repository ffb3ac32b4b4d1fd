package types

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"streamdb/types/pgerr"
)

// ParseText reads the text form of a value of type t as PostgreSQL's input function does,
// and applies t's modifier. st gives DateStyle, TimeZone and now. Names of the reg* types
// are resolved elsewhere: here only their numbers are read.
func ParseText(t Type, s string, st *Style) (Datum, error) {
	switch t.Kind() {
	case KindBool:
		return parseBool(s)
	case KindInt16:
		v, err := parseInt(s, "smallint", 16)
		return NewInt16(int16(v)), err
	case KindInt32:
		if t.OID == Date.OID {
			v, err := ParseDate(s, st)
			return NewInt32(v), err
		}
		v, err := parseInt(s, "integer", 32)
		return NewInt32(int32(v)), err
	case KindInt64:
		return parseText64(t, s, st)
	case KindFloat32:
		v, err := parseFloat(s, "real", 32)
		return NewFloat32(float32(v)), err
	case KindFloat64:
		v, err := parseFloat(s, "double precision", 64)
		return NewFloat64(v), err
	case KindNumeric:
		n, err := ParseNumeric(s)
		if err == nil {
			n, err = n.ApplyMod(t)
		}
		return n.ToDatum(), err
	case KindInterval:
		v, err := ParseInterval(s, t.Mod, st)
		return NewInterval(v), err
	case KindUUID:
		return parseUUID(s)
	}
	return parseTextBytes(t, s, st)
}

func parseText64(t Type, s string, st *Style) (Datum, error) {
	switch t.OID {
	case Int8.OID:
		v, err := parseInt(s, "bigint", 64)
		return NewInt64(v), err
	case Time.OID:
		v, err := ParseTime(s, st)
		return NewInt64(RoundTime(v, t.Mod)), err
	case Timestamp.OID:
		v, err := ParseTimestamp(s, st)
		if err == nil {
			v, err = RoundTimestamp(v, t.Mod)
		}
		return NewInt64(v), err
	case TimestampTZ.OID:
		v, err := ParseTimestampTZ(s, st)
		if err == nil {
			v, err = RoundTimestamp(v, t.Mod)
		}
		return NewInt64(v), err
	}
	return parseOID(t, s)
}

func parseTextBytes(t Type, s string, st *Style) (Datum, error) {
	switch t.OID {
	case Text.OID, Unknown.OID, PgNodeTree.OID, ACLItem.OID, TID.OID:
		return NewBytes(s), nil
	case VarChar.OID, BPChar.OID:
		s, err := FitText(t, s, false)
		return NewBytes(s), err
	case Name.OID:
		return NewBytes(truncateName(s)), nil
	case Char.OID:
		return NewBytes(s[:min(len(s), 1)]), nil
	case Bytea.OID:
		return parseBytea(s)
	case JSON.OID:
		return NewBytes(s), ValidateJSON(s)
	case JSONB.OID:
		s, err := ParseJSONB(s)
		return NewBytes(s), err
	case Int2Vector.OID, OidVector.OID:
		return parseVector(t, s, st)
	case Void.OID:
		return NewBytes(""), nil
	}
	if t.IsArray() {
		return parseArray(t, s, st)
	}
	return Datum{}, pgerr.New(pgerr.FeatureNotSupported, "cannot accept a value of type %s", t.Info().Name)
}

func parseBool(s string) (Datum, error) {
	v := strings.ToLower(trimSpace(s))
	prefix := func(word string, least int) bool {
		return len(v) >= least && strings.HasPrefix(word, v)
	}
	switch {
	case prefix("true", 1), prefix("yes", 1), v == "on", v == "1":
		return NewBool(true), nil
	case prefix("false", 1), prefix("no", 1), prefix("off", 2), v == "0":
		return NewBool(false), nil
	}
	return Datum{}, badInput("boolean", s)
}

func parseInt(s, typ string, size int) (int64, error) {
	t := trimSpace(s)
	if t == "" || strings.IndexByte(t, '_') >= 0 {
		return 0, badInput(typ, s)
	}
	v, err := strconv.ParseInt(t, 10, size)
	switch {
	case err == nil:
		return v, nil
	case isRange(err):
		return 0, outOfRange(typ, s)
	}
	return 0, badInput(typ, s)
}

// parseOID reads an oid, xid or the number of a reg* value; "-" is 0 for reg*.
func parseOID(t Type, s string) (Datum, error) {
	name, v := t.Info().SQLName, trimSpace(s)
	if v == "-" && strings.HasPrefix(name, "reg") {
		return NewInt64(0), nil
	}
	digits := strings.TrimLeft(v, "+-")
	if digits == "" || !allDigits(digits) || len(v)-len(digits) > 1 {
		return Datum{}, badInput(name, s)
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n > math.MaxUint32 || n < math.MinInt32 {
		return Datum{}, outOfRange(name, s)
	}
	return NewInt64(int64(uint32(n))), nil
}

// FitText brings s to the length of varchar(n) or char(n): too long is an error unless
// only blanks are lost, or explicit (a cast) allows the cut; char(n) is padded.
func FitText(t Type, s string, explicit bool) (string, error) {
	if t.Mod < 4 {
		return s, nil
	}
	limit := int(t.Mod - 4)
	chars := len(s)
	if chars > limit || t.OID == BPChar.OID {
		chars = utf8.RuneCountInString(s)
	}
	if chars < limit && t.OID == BPChar.OID {
		return s + strings.Repeat(" ", limit-chars), nil
	}
	if chars <= limit {
		return s, nil
	}
	cut := 0
	for range limit {
		_, n := utf8.DecodeRuneInString(s[cut:])
		cut += n
	}
	if !explicit && strings.Trim(s[cut:], " ") != "" {
		return "", pgerr.New(pgerr.StringDataRightTruncation, "value too long for type %s", t)
	}
	return s[:cut], nil
}

// truncateName cuts s to the 63 bytes of a name, between characters.
func truncateName(s string) string {
	if len(s) < 64 {
		return s
	}
	n := 63
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func parseBytea(s string) (Datum, error) {
	if strings.HasPrefix(s, `\x`) {
		return parseHexBytea(s[2:])
	}
	if strings.IndexByte(s, '\\') < 0 {
		return NewBytes(s), nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(s) && s[i+1]-'0' < 4 && s[i+2]-'0' < 8 && s[i+3]-'0' < 8:
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return Datum{}, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return NewBytes(string(out)), nil
}

func parseHexBytea(s string) (Datum, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r' {
			continue
		}
		hi, err := hexDigit(s, i)
		if err != nil {
			return Datum{}, err
		}
		if i++; i >= len(s) {
			return Datum{}, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		lo, err := hexDigit(s, i)
		if err != nil {
			return Datum{}, err
		}
		out = append(out, byte(hi<<4|lo))
	}
	return NewBytes(string(out)), nil
}

func hexDigit(s string, i int) (int, error) {
	d := hexValue(s[i])
	if d < 0 {
		_, n := utf8.DecodeRuneInString(s[i:])
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal digit: \"%s\"", s[i:i+n])
	}
	return d, nil
}

// parseUUID reads 32 hex digits, in braces or not, with a hyphen allowed after every
// fourth digit.
func parseUUID(s string) (Datum, error) {
	t := s
	if strings.HasPrefix(t, "{") {
		if !strings.HasSuffix(t, "}") {
			return Datum{}, badInput("uuid", s)
		}
		t = t[1 : len(t)-1]
	}
	var u [16]byte
	i := 0
	for n := range u {
		if i+2 > len(t) || hexValue(t[i]) < 0 || hexValue(t[i+1]) < 0 {
			return Datum{}, badInput("uuid", s)
		}
		u[n] = byte(hexValue(t[i])<<4 | hexValue(t[i+1]))
		i += 2
		if n%2 == 1 && n < 15 && i < len(t) && t[i] == '-' {
			i++
		}
	}
	if i != len(t) {
		return Datum{}, badInput("uuid", s)
	}
	return NewUUID(u), nil
}

// CheckUTF8 is PostgreSQL's refusal of bytes that are no UTF-8 text (a zero byte too).
func CheckUTF8(s string) error {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return nil
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && r != 0 || n > 1 {
			i += n
			continue
		}
		bad := ""
		for k := range min(leadLen(s[i]), len(s)-i) {
			bad += " 0x" + strconv.FormatUint(uint64(s[i+k])|0x100, 16)[1:]
		}
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\":%s", bad)
	}
	return nil
}

// leadLen is the length of a UTF-8 sequence by its first byte.
func leadLen(c byte) int {
	switch {
	case c&0xe0 == 0xc0:
		return 2
	case c&0xf0 == 0xe0:
		return 3
	case c&0xf8 == 0xf0:
		return 4
	}
	return 1
}
