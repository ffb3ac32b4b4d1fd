package sqllogictest

import (
	"slices"
	"strings"
)

// word is a keyword, an identifier or a single other character of a SQL text.
// Comments, strings and quoted identifiers leave no word.
type word struct {
	text  string // lower case
	depth int    // of parentheses around it
}

// scanWords splits a SQL text into words, as far as the runner must
// understand it: it tells statements and constructs apart, no more.
func scanWords(sql string) []word {
	var words []word
	depth := 0
	for i := 0; i < len(sql); {
		if n := skipQuoted(sql[i:]); n > 0 {
			i += n
			continue
		}
		c := sql[i]
		switch {
		case c <= ' ':
			i++
		case wordByte(c):
			start := i
			for i < len(sql) && (wordByte(sql[i]) || sql[i] >= '0' && sql[i] <= '9') {
				i++
			}
			words = append(words, word{strings.ToLower(sql[start:i]), depth})
		default:
			if c == ')' {
				depth--
			}
			words = append(words, word{string(c), depth})
			if c == '(' {
				depth++
			}
			i++
		}
	}
	return words
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// skipQuoted is the length of the comment, string or quoted identifier that
// the text starts with, or 0.
func skipQuoted(sql string) int {
	end := func(from int, closer string) int {
		if n := strings.Index(sql[from:], closer); n >= 0 {
			return from + n + len(closer)
		}
		return len(sql)
	}
	switch {
	case strings.HasPrefix(sql, "--"):
		return end(2, "\n")
	case strings.HasPrefix(sql, "/*"):
		return end(2, "*/")
	case sql[0] == '\'':
		return end(1, "'")
	case sql[0] == '"':
		return end(1, `"`)
	case (sql[0] == 'e' || sql[0] == 'E') && len(sql) > 1 && sql[1] == '\'':
		return escapeStringEnd(sql)
	case sql[0] == '$':
		if n := strings.IndexByte(sql[1:], '$'); n >= 0 && !strings.ContainsAny(sql[1:n+1], " \n;(),'") {
			tag := sql[:n+2]
			return end(len(tag), tag)
		}
	}
	return 0
}

func escapeStringEnd(sql string) int {
	for i := 2; i < len(sql); i++ {
		switch sql[i] {
		case '\\':
			i++
		case '\'':
			return i + 1
		}
	}
	return len(sql)
}

// statementFacts is what the runner must know about a statement record.
type statementFacts struct {
	ddl         bool // may make more queries valid
	destructive bool // may be refused while views depend on a relation
	setting     bool // changes the session, so views must not be older
	replay      bool // must be repeated on a new connection
	begins      bool // opens a transaction block
	ends        bool // closes a transaction block
}

func statementFactsOf(sql string) statementFacts {
	var f statementFacts
	words := scanWords(sql)
	for len(words) > 0 {
		end := slices.IndexFunc(words, func(w word) bool { return w.text == ";" })
		if end < 0 {
			end = len(words)
		}
		f.add(words[:end])
		words = words[min(end+1, len(words)):]
	}
	return f
}

func (f *statementFacts) add(words []word) {
	at := func(i int) string {
		if i < len(words) {
			return words[i].text
		}
		return ""
	}
	switch at(0) {
	case "create":
		f.ddl = true
		f.destructive = f.destructive || at(1) == "or"
	case "drop", "alter":
		f.ddl, f.destructive = true, true
	case "set", "reset":
		if at(1) != "transaction" && at(1) != "constraints" {
			f.setting, f.replay = true, true
		}
	case "prepare", "deallocate", "listen":
		f.replay = at(1) != "transaction"
	case "begin", "start":
		f.begins, f.ends = true, false
	case "commit", "end", "abort":
		f.begins, f.ends = false, true
	case "rollback":
		if at(1) != "to" && at(2) != "to" {
			f.begins, f.ends = false, true
		}
	}
}

// unfitForViews lists words a query in a view mode must not have: what views
// refuse, and what depends on the session or the moment.
var unfitForViews = wordSet(`
	limit offset fetch over window recursive into information_schema
	random setseed gen_random_uuid nextval currval lastval setval
	now current_timestamp current_date current_time localtime localtimestamp
	clock_timestamp statement_timestamp transaction_timestamp timeofday
	current_user session_user user current_role current_catalog current_schema
	current_schemas current_database current_setting set_config version
	txid_current`)

func wordSet(text string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// fitForView tells whether a query can stand in a view.
func fitForView(sql string) bool {
	words := scanWords(sql)
	for len(words) > 0 && words[0].text == "(" {
		words = words[1:]
	}
	if len(words) == 0 {
		return false
	}
	switch words[0].text {
	case "select", "values", "table":
	case "with":
		if slices.ContainsFunc(words, func(w word) bool {
			return w.text == "insert" || w.text == "update" || w.text == "delete"
		}) {
			return false
		}
	default:
		return false
	}
	for i, w := range words {
		catalog := strings.HasPrefix(w.text, "pg_") && w.text != "pg_typeof"
		locks := w.text == "for" && i+1 < len(words) && lockWord(words[i+1].text)
		if catalog || locks || unfitForViews[w.text] {
			return false
		}
	}
	return true
}

func lockWord(w string) bool { return w == "update" || w == "share" || w == "no" || w == "key" }
