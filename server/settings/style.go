package settings

import (
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

var (
	dateStyles = map[string]types.DateStyle{
		"iso": types.DateISO, "sql": types.DateSQL, "postgres": types.DatePostgres, "german": types.DateGerman,
	}
	dateOrders = map[string]types.DateOrder{
		"mdy": types.OrderMDY, "us": types.OrderMDY, "noneuro": types.OrderMDY, "noneuropean": types.OrderMDY,
		"dmy": types.OrderDMY, "euro": types.OrderDMY, "european": types.OrderDMY, "ymd": types.OrderYMD,
	}
	styleNames = [...]string{"ISO", "SQL", "Postgres", "German"}
	orderNames = [...]string{"MDY", "DMY", "YMD"}
)

func dateStyle(d *Def, v string) (string, error) { return dateStyleOver(d, v, d.Default) }

// dateStyleOver is DateStyle set to v, which may name the style, the order or both; what
// it leaves out stays as in present.
func dateStyleOver(d *Def, v, present string) (string, error) {
	style, order, err := parseDateStyle(d, v, present)
	if err != nil {
		return "", err
	}
	return styleNames[style] + ", " + orderNames[order], nil
}

func parseDateStyle(d *Def, v, present string) (style types.DateStyle, order types.DateOrder, err error) {
	if present != "" {
		if style, order, err = parseDateStyle(d, present, ""); err != nil {
			return 0, 0, err
		}
	}
	hasStyle, hasOrder := false, false
	for word := range strings.SplitSeq(v, ",") {
		w := strings.ToLower(strings.TrimSpace(word))
		s, isStyle := dateStyles[w]
		o, isOrder := dateOrders[w]
		switch {
		case isStyle && hasStyle && s != style, isOrder && hasOrder && o != order:
			return 0, 0, invalid(d, v).WithDetail("Conflicting \"datestyle\" specifications.")
		case isStyle:
			style, hasStyle = s, true
			if s == types.DateGerman && !hasOrder {
				order = types.OrderDMY
			}
		case isOrder:
			order, hasOrder = o, true
		case w == "default":
			if !hasStyle {
				style = types.DateISO
			}
			if !hasOrder {
				order = types.OrderMDY
			}
		case w != "":
			return 0, 0, invalid(d, v).WithDetail("Unrecognized key word: \"%s\".", w)
		}
	}
	return style, order, nil
}

// Style is what a set of settings means for reading and writing values; get gives the
// canonical value of a setting, "" for its default.
func Style(get func(name string) string) *types.Style {
	st := types.DefaultStyle()
	if v := get("DateStyle"); v != "" {
		if d, ok := Find("DateStyle"); ok {
			st.DateStyle, st.DateOrder, _ = parseDateStyle(d, v, d.Default)
		}
	}
	switch get("IntervalStyle") {
	case "postgres_verbose":
		st.IntervalStyle = types.IntervalPostgresVerbose
	case "sql_standard":
		st.IntervalStyle = types.IntervalSQLStandard
	case "iso_8601":
		st.IntervalStyle = types.IntervalISO8601
	}
	if v := get("TimeZone"); v != "" {
		if loc, name, ok := types.LoadZone(v); ok {
			st.TimeZone, st.TimeZoneName = loc, name
		}
	}
	if n, err := strconv.Atoi(get("extra_float_digits")); err == nil {
		st.ExtraFloatDigits = n
	}
	st.ByteaHex = get("bytea_output") != "escape"
	return st
}

// Frozen names the settings that a view keeps as they were when it was made.
func Frozen() []string {
	return []string{"DateStyle", "IntervalStyle", "TimeZone", "extra_float_digits", "bytea_output"}
}

// SearchPath splits a search_path into schemas; "$user" becomes user.
func SearchPath(v, user string) []string {
	var path []string
	for _, part := range splitList(v) {
		if part == "$user" {
			part = user
		}
		if part != "" {
			path = append(path, part)
		}
	}
	return path
}

// splitList splits a list of identifiers, folding those that are not quoted.
func splitList(v string) []string {
	var out []string
	for v = strings.TrimSpace(v); v != ""; v = strings.TrimLeft(v, ", \t\n") {
		if v[0] == '"' {
			end := strings.IndexByte(v[1:], '"')
			if end < 0 {
				return append(out, v[1:])
			}
			out, v = append(out, v[1:1+end]), v[2+end:]
			continue
		}
		end := strings.IndexByte(v, ',')
		if end < 0 {
			end = len(v)
		}
		out, v = append(out, strings.ToLower(strings.TrimSpace(v[:end]))), v[end:]
	}
	return out
}

func unknown(name string) error {
	return pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
}
