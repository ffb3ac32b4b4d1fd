package sql

import "strings"

// quotedWords are the keywords that PostgreSQL quotes as names: all but the unreserved ones.
const quotedWords = ` all analyse analyze and any array as asc asymmetric authorization between bigint binary bit 
boolean both case cast char character check coalesce collate collation column concurrently 
constraint create cross current_catalog current_date current_role current_schema current_time 
current_timestamp current_user dec decimal default deferrable desc distinct do else end except 
exists extract false fetch float for foreign freeze from full grant greatest group grouping 
having ilike in initially inner inout int integer intersect interval into is isnull join 
json_array json_arrayagg json_object json_objectagg lateral leading least left like limit 
localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric 
offset on only or order out outer overlaps overlay placing position precision primary real 
references returning right row select session_user setof similar smallint some substring 
symmetric system_user table tablesample then time timestamp to trailing treat trim true union 
unique user using values varchar variadic verbose when where window with xmlattributes 
xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize 
xmltable `

// QuoteIdent writes a name as SQL, quoted only where it must be, as PostgreSQL's
// quote_ident does.
func QuoteIdent(name string) string {
	if isPlainName(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func isPlainName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c == '_' || i > 0 && isDigit(c)) {
			return false
		}
	}
	return !isQuotedWord(name)
}

func isQuotedWord(name string) bool {
	for i := 0; ; {
		at := strings.Index(quotedWords[i:], name)
		if at < 0 {
			return false
		}
		start, end := i+at, i+at+len(name)
		if isBlank(quotedWords[start-1]) && isBlank(quotedWords[end]) {
			return true
		}
		i = start + 1
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' }

// QuoteLiteral writes a string constant as SQL.
func QuoteLiteral(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.IndexByte(s, '\\') >= 0 {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// formatNames joins the parts of a name as SQL.
func formatNames(parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = QuoteIdent(p)
	}
	return strings.Join(quoted, ".")
}

// String writes the name as SQL.
func (q QualifiedName) String() string {
	switch {
	case q.Catalog != "":
		return formatNames([]string{q.Catalog, q.Schema, q.Name})
	case q.Schema != "":
		return formatNames([]string{q.Schema, q.Name})
	}
	return QuoteIdent(q.Name)
}
