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

func dateStyle(d *Def, v string) (string, error) {
	style, order, bad := parseDateStyle(v)
	if bad != "" {
		return "", invalid(d, v).WithDetail("Unrecognized key word: \"%s\".", bad)
	}
	return styleNames[style] + ", " + orderNames[order], nil
}

// parseDateStyle reads a DateStyle; bad is a word that is none.
func parseDateStyle(v string) (style types.DateStyle, order types.DateOrder, bad string) {
	style, order = types.DateISO, types.OrderMDY
	hasOrder := false
	for word := range strings.SplitSeq(v, ",") {
		w := strings.ToLower(strings.TrimSpace(word))
		if s, ok := dateStyles[w]; ok {
			style = s
			if s == types.DateGerman && !hasOrder {
				order = types.OrderDMY
			}
		} else if o, ok := dateOrders[w]; ok {
			order, hasOrder = o, true
		} else if w != "default" {
			return 0, 0, w
		}
	}
	return style, order, ""
}

// Style is what a set of settings means for reading and writing values; get gives the
// canonical value of a setting, "" for its default.
func Style(get func(name string) string) *types.Style {
	st := types.DefaultStyle()
	if v := get("DateStyle"); v != "" {
		st.DateStyle, st.DateOrder, _ = parseDateStyle(v)
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
