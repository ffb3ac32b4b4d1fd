package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// values makes random constants. They come from small sets, so that joins
// match and groups fill.
type values struct {
	r *rand.Rand
	// extremes lets in infinities, the ends of the ranges and far dates, with
	// which arithmetic may fail.
	extremes bool
}

// literal is a random constant of a kind, cast so that its type is certain.
func (v values) literal(k Kind) string {
	if k.Base == Record {
		return pick(v.r, "ROW(1, 'a'::text)", "ROW(NULL::integer, NULL::text)", "ROW(2, NULL::text)")
	}
	if !k.Array {
		return quoted(v.text(k.Base), k)
	}
	parts := make([]string, v.r.IntN(4))
	for i := range parts {
		parts[i] = v.literal(scalar(k.Base))
		if chance(v.r, 15) {
			parts[i] = "NULL"
		}
	}
	return fmt.Sprintf("ARRAY[%s]::%s", strings.Join(parts, ", "), k.castName())
}

// input is a random value in the type's input format, without quotes.
func (v values) input(k Kind) string {
	if !k.Array {
		return v.text(k.Base)
	}
	parts := make([]string, v.r.IntN(4))
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for i := range parts {
		parts[i] = `"` + escape.Replace(v.text(k.Base)) + `"`
		if chance(v.r, 15) {
			parts[i] = "NULL"
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// text is a random scalar in its type's input format.
func (v values) text(b Base) string {
	if v.extremes && chance(v.r, 6) {
		if all := extremes(b); len(all) > 0 {
			return pick(v.r, all...)
		}
	}
	return scalarText(v.r, b)
}

// extremes are the values of a type with which arithmetic may fail.
func extremes(b Base) []string {
	switch b {
	case Int2:
		return []string{"32767", "-32768"}
	case Int4:
		return []string{"2147483647", "-2147483648"}
	case Int8:
		return []string{"9223372036854775807", "-9223372036854775808"}
	case Numeric:
		return []string{"Infinity", "-Infinity", "99999999.99", "NaN"}
	case Date:
		return []string{"infinity", "-infinity", "0044-03-15 BC", "9999-12-31"}
	case Timestamp:
		return []string{"infinity", "-infinity", "0044-03-15 12:00:00 BC", "9999-12-31 23:59:59.999999"}
	case Timestamptz:
		return []string{"infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "1883-11-18 12:03:00+00"}
	case Time:
		return []string{"24:00:00", "00:00:00.000001"}
	case Interval:
		return []string{"-100 years", "1000000:00:00", "-1 mon 30 days -00:00:00.000001"}
	case Float8:
		return []string{"1e308", "-1e-307"}
	case Float4:
		return []string{"3e38", "-1e-37"}
	case Text, Varchar:
		return []string{`a"b\c`, "tab\there", "NULL", "'quote'", "😀", strings.Repeat("ab,", 4)}
	}
	return nil
}

func quoted(text string, k Kind) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'::" + k.castName()
}

// plainLiteral is the constant a shrunk expression becomes.
func plainLiteral(k Kind) string {
	switch {
	case k.Array:
		return "'{}'::" + k.castName()
	case k.Base == Record:
		return "ROW(1)"
	}
	text := map[Base]string{
		Bool: "true", Text: "a", Varchar: "a", Char: "a", Bytea: `\x61`, Date: "2024-01-01",
		Time: "00:00", Timestamp: "2024-01-01 00:00", Timestamptz: "2024-01-01 00:00+00",
		Interval: "1 day", UUID: "00000000-0000-0000-0000-000000000001", JSONB: "1", JSON: "1",
	}[k.Base]
	if text == "" {
		text = "1"
	}
	return quoted(text, k)
}

// scalarText is a random value in its type's input format.
func scalarText(r *rand.Rand, b Base) string {
	switch b {
	case Bool:
		return pick(r, "true", "false")
	case Int2, Int4, Int8:
		return integerText(r, b)
	case Float4, Float8:
		return floatText(r)
	case Numeric:
		return numericText(r)
	case Text, Varchar:
		return pick(r, "", "a", "b", "ab", "abc", "a,b,c", "A b", " x ", "é", "日本", "10", "Zz", "a_b%", "aaa")
	case Char:
		return pick(r, "", "a", "b", "ab", "abc", "Zz", "é")
	case Bytea:
		return pick(r, `\x`, `\x00`, `\x61`, `\x6162`, `\xff00ff`, `\x616263`)
	case UUID:
		return fmt.Sprintf("%08x-0000-4000-8000-00000000000%d", r.IntN(3), r.IntN(4))
	case JSON:
		return pick(r, `{"b": "x",  "a": 1, "a": [2, null]}`, `[1.0, "z", {"a": null}]`, `"s"`, ` 1 `, `null`, `{}`, `[]`)
	case JSONB:
		return pick(r, `{"a": 1, "b": "x"}`, `{"a": {"b": [1, 2]}}`, `[1, 2, "z"]`, `"s"`, `1`, `null`, `true`,
			`{}`, `[]`, `{"a": null}`, `{"b": "x", "a": 1}`, `[{"a": 2}, null]`)
	default:
		return timeText(r, b)
	}
}

func integerText(r *rand.Rand, b Base) string {
	switch {
	case chance(r, 60):
		return fmt.Sprint(r.IntN(8) - 2)
	case b == Int2:
		return fmt.Sprint(r.IntN(201) - 100)
	case b == Int8 && chance(r, 30):
		return fmt.Sprint(r.Int64N(1e13) - 5e12)
	}
	return fmt.Sprint(r.IntN(2001) - 1000)
}

func floatText(r *rand.Rand) string {
	if chance(r, 8) {
		return pick(r, "-0", "NaN", "Infinity", "-Infinity")
	}
	if chance(r, 50) {
		return fmt.Sprint(r.IntN(5) - 1)
	}
	return fmt.Sprintf("%.2f", r.Float64()*200-100)
}

// numericText favours equal values of different scale.
func numericText(r *rand.Rand) string {
	switch {
	case chance(r, 50):
		return pick(r, "1", "1.0", "1.00", "0", "0.00", "-1.00", "2.5", "2.50", "10", "10.0")
	case chance(r, 5):
		return "NaN"
	}
	return fmt.Sprintf("%.*f", r.IntN(5), r.Float64()*2000-1000)
}

func timeText(r *rand.Rand, b Base) string {
	day := fmt.Sprintf("%d-%02d-%02d", 2023+r.IntN(2), 1+r.IntN(3), 1+r.IntN(28))
	if chance(r, 40) {
		day = pick(r, "2024-02-29", "2024-01-01", "2023-12-31", "2024-03-31")
	}
	clock := fmt.Sprintf("%02d:%02d:%02d", r.IntN(24), r.IntN(60), r.IntN(60))
	if chance(r, 50) {
		clock = pick(r, "00:00:00", "12:30:00", "23:59:59.999999", "02:30:00", "12:30:00.5")
	}
	switch b {
	case Date:
		return day
	case Time:
		return clock
	case Timestamp:
		return day + " " + clock
	case Timestamptz:
		return day + " " + clock + pick(r, "+00", "+02", "-05:30")
	}
	return pick(r, "1 mon", "30 days", "1 day", "24:00:00", "1 year 2 mons", "-3 days", "01:30:00",
		"1 day 02:03:04.5", "-1 mon 1 day", "00:00:00", "90 days")
}
