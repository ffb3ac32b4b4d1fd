package session

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"unicode"

	"streamdb/sqllogictest"
)

// corpus is the statements of the text tests and their pieces.
type corpus struct {
	setup   [][]string // by file: what makes its tables
	queries []corpusText
	groups  map[bool][][]string // pieces in parentheses: queries and others
	values  [][]string          // constants of all kinds
	calls   []string            // names that stand before a parenthesis
	byKind  map[tokenKind][]string
}

type corpusText struct {
	file int
	text string
}

type tokenKind int

const (
	nameToken tokenKind = iota
	keyToken            // a word in capitals, as the text tests write keywords
	numberToken
	stringToken
	operatorToken
	markToken // parentheses, commas and the like, which nothing replaces
)

const operatorBytes = "<>=!|&#-@~?+*/%^"

func kindOfToken(tok string) tokenKind {
	switch {
	case tok[0] == '\'':
		return stringToken
	case tok[0] >= '0' && tok[0] <= '9':
		return numberToken
	case isWord(rune(tok[0])) && len(tok) > 1 && strings.ToUpper(tok) == tok:
		return keyToken
	case isWord(rune(tok[0])) || tok[0] == '"':
		return nameToken
	case strings.IndexByte(operatorBytes, tok[0]) >= 0:
		return operatorToken
	}
	return markToken
}

func isWord(c rune) bool { return c == '_' || c > 127 || unicode.IsLetter(c) || unicode.IsDigit(c) }

func isValue(tok string) bool { k := kindOfToken(tok); return k == numberToken || k == stringToken }

func isName(tok string) bool { return kindOfToken(tok) == nameToken }

// isQuery reports whether a piece in parentheses is a query.
func isQuery(group []string) bool {
	return len(group) > 1 && (group[1] == "SELECT" || group[1] == "VALUES" || group[1] == "WITH")
}

// tokens cuts a text into words, numbers, strings and signs; nearly as SQL does.
func tokens(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		j := i + 1
		switch c := text[i]; {
		case c == ' ' || c == '\n' || c == '\t':
			i = j
			continue
		case c == '\'' || c == '"':
			for j < len(text) && text[j] != c {
				j++
			}
			j = min(j+1, len(text))
		case isWord(rune(c)):
			for j < len(text) && (isWord(rune(text[j])) || c >= '0' && c <= '9' && text[j] == '.') {
				j++
			}
		case c == ':' && strings.HasPrefix(text[i:], "::"):
			j = i + 2
		case strings.IndexByte(operatorBytes, c) >= 0:
			for j < len(text) && strings.IndexByte(operatorBytes, text[j]) >= 0 {
				j++
			}
		}
		out = append(out, text[i:j])
		i = j
	}
	return out
}

// extremes are values at the ends of what types can hold.
const extremes = `NULL | '' | 0 | -1 | 2147483647 | -2147483648 | 2147483648 | 9223372036854775807 | -9223372036854775808
	| 9223372036854775808 | 1e308 | 1e-400 | 'NaN' | 'NaN'::float8 | 'Infinity'::float8 | '-Infinity'::numeric | -0.0::float8
	| 1.00 | 99999999999999999999999999999999999999.5 | 1e100::numeric | true | 'infinity'::timestamptz | '-infinity'::date
	| '4713-01-01 BC'::timestamp | '294276-12-31'::timestamp | interval '178000000 years' | interval '-1 mon 30 days'
	| '{}'::int[] | '{NULL,1}'::int[] | '{"a b",NULL}'::text[] | '{"a":[1,{"b":null}]}'::jsonb | 'null'::jsonb | '[]'::jsonb
	| E'\\x00ff'::bytea | repeat('x', 100000) | (SELECT NULL) | (SELECT 1 WHERE false) | ARRAY[1.0, 1.00] | ROW(1, NULL)
	| 'é'::char(3) | ' a '::varchar(2) | $1 | $2 | generate_series(1, 3) | now() | time '24:00:00' | default`

func loadCorpus(tb testing.TB) *corpus {
	tb.Helper()
	c := &corpus{byKind: map[tokenKind][]string{}, groups: map[bool][][]string{}}
	for _, dir := range []string{"../../sqllogictest/testdata", "../../sqllogictest/testdata_streamdb"} {
		fsys := os.DirFS(dir)
		err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".slt") {
				return err
			}
			records, err := sqllogictest.ParseFile(fsys, path)
			if err == nil {
				c.addFile(records)
			}
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	for v := range strings.SplitSeq(extremes, "|") {
		c.values = append(c.values, tokens(v))
	}
	return c
}

func (c *corpus) addFile(records []sqllogictest.Record) {
	var setup []string
	for i := range records {
		r := &records[i]
		if r.SQL == "" {
			continue
		}
		if r.Kind == sqllogictest.Statement && r.WantError == nil && r.Connection == "" && makes(r.SQL) {
			setup = append(setup, r.SQL)
		}
		c.queries = append(c.queries, corpusText{len(c.setup), r.SQL})
		c.addPieces(tokens(r.SQL))
	}
	c.setup = append(c.setup, setup)
}

// makes reports whether a statement makes or fills a relation.
func makes(text string) bool {
	word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(text)), " ")
	return word == "CREATE" || word == "INSERT"
}

func (c *corpus) addPieces(toks []string) {
	for i, t := range toks {
		if k := kindOfToken(t); k != markToken {
			c.byKind[k] = append(c.byKind[k], t)
		}
		if t != "(" {
			continue
		}
		if from, to, ok := group(toks, i); ok && to-from < 60 {
			g := toks[from:to]
			c.groups[isQuery(g)] = append(c.groups[isQuery(g)], g)
		}
		if i > 0 && isName(toks[i-1]) {
			c.calls = append(c.calls, toks[i-1])
		}
	}
}
