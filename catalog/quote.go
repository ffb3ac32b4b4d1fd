package catalog

import "strings"

// quotedWords are the keywords that quote_ident quotes: all but the unreserved ones.
const quotedWords = ` all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
boolean both case cast char character check coalesce collate collation column concurrently constraint create cross
current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal
default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full
grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull
join lateral leading least left like limit localtime localtimestamp national natural nchar none normalize not notnull
null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
references returning right row select session_user setof similar smallint some substring symmetric table tablesample
then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where
window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
xmltable `

// QuoteIdent writes a name as SQL: in double quotes where it would not be read back as it
// stands.
func QuoteIdent(name string) string {
	if isPlain(name) && !strings.Contains(quotedWords, " "+name+" ") && !strings.Contains(quotedWords, "\n"+name+" ") &&
		!strings.Contains(quotedWords, " "+name+"\n") {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func isPlain(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c == '_' || i > 0 && c >= '0' && c <= '9' {
			continue
		}
		return false
	}
	return name != ""
}

// SplitName reads a possibly qualified name as SQL spells it: parts between dots, folded
// to lower case unless quoted. ok is false when s is no such name.
func SplitName(s string) (parts []string, ok bool) {
	for s = strings.TrimSpace(s); ; {
		part, rest, ok := cutIdent(s)
		if !ok {
			return nil, false
		}
		parts = append(parts, part)
		rest = strings.TrimLeft(rest, " \t\n\r")
		if rest == "" {
			return parts, true
		}
		if rest[0] != '.' {
			return nil, false
		}
		s = strings.TrimLeft(rest[1:], " \t\n\r")
	}
}

// cutIdent takes one identifier off the front of s.
func cutIdent(s string) (ident, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		n := strings.IndexAny(s, ".\" \t\n\r")
		if n < 0 {
			n = len(s)
		}
		return strings.ToLower(s[:n]), s[n:], n > 0
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			ident += s[i : i+1]
			continue
		}
		if i+1 == len(s) || s[i+1] != '"' {
			return ident, s[i+1:], ident != ""
		}
		ident, i = ident+`"`, i+1
	}
	return "", "", false
}
