package catalog

import (
	"slices"
	"strings"
)

// hiddenText stands for a secret wherever SQL is shown.
const hiddenText = "'***'"

// RedactSQL returns SQL text fit to be shown: the value of every option named in secrets,
// written name = 'value', becomes '***', and so do the literal after the word PASSWORD and a
// password inside any literal's URL (scheme://user:password@host). It reads only tokens, so it works on any statement.
func RedactSQL(sql string, secrets []string) string {
	var out strings.Builder
	var name string // the option just read, dots included
	assigned := false
	for i := 0; i < len(sql); {
		n, sort := lexeme(sql[i:])
		text := sql[i : i+n]
		i += n
		switch sort {
		case lexString:
			// PASSWORD '…' is how CREATE ROLE and ALTER ROLE have it.
			if assigned && isSecret(name, secrets) || !assigned && strings.EqualFold(name, "password") {
				text = hiddenText
			} else {
				text = redactURL(text)
			}
			name, assigned = "", false
		case lexWord:
			if isStringPrefix(text, sql[i:]) {
				break
			}
			if assigned && isSecret(name, secrets) {
				text = hiddenText
			}
			name, assigned = joinOption(name, assigned, text), false
		case lexSymbol:
			if text == "=" {
				assigned = name != ""
			} else if text != "." || assigned {
				name, assigned = "", false
			} else {
				name += "."
			}
		}
		out.WriteString(text)
	}
	return out.String()
}

// Redacted is the relation's CREATE statement without its secrets.
func (r *Relation) Redacted() string { return RedactSQL(r.SQL, r.Secrets) }

// ShownOptions is the relation's options without its secrets.
func (r *Relation) ShownOptions() map[string]string {
	shown := make(map[string]string, len(r.Options))
	for name, value := range r.Options {
		if shown[name] = redactURL(value); isSecret(name, r.Secrets) {
			shown[name] = "***"
		}
	}
	return shown
}

func isSecret(name string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(s string) bool { return strings.EqualFold(s, name) })
}

// joinOption appends a word to an option's name if a dot precedes it, else starts anew.
func joinOption(name string, assigned bool, word string) string {
	if strings.HasPrefix(word, `"`) {
		word = strings.ReplaceAll(strings.Trim(word, `"`), `""`, `"`)
	}
	if strings.HasSuffix(name, ".") && !assigned {
		return name + word
	}
	return word
}

// isStringPrefix reports whether word is the N of N'…'.
func isStringPrefix(word, rest string) bool {
	return len(word) == 1 && strings.HasPrefix(rest, "'")
}

type lexSort int

const (
	lexSpace lexSort = iota // and comments
	lexString
	lexWord // and numbers, quoted identifiers
	lexSymbol
)

// lexeme measures the token at the start of s.
func lexeme(s string) (int, lexSort) {
	c := s[0]
	switch {
	case strings.HasPrefix(s, "--"):
		return until(s, 2, "\n"), lexSpace
	case strings.HasPrefix(s, "/*"):
		return blockComment(s), lexSpace
	case strings.ContainsRune(" \t\r\n\f\v", rune(c)):
		return 1, lexSpace
	case c == '\'':
		return quotedEnd(s, 1, false), lexString
	case (c == 'e' || c == 'E') && strings.HasPrefix(s[1:], "'"):
		return quotedEnd(s, 2, true), lexString
	case c == '"':
		return quotedEnd(s, 1, false), lexWord
	case c == '$':
		return dollarQuoted(s)
	case isWordByte(c):
		n := 1
		for n < len(s) && (isWordByte(s[n]) || s[n] == '$') {
			n++
		}
		return n, lexWord
	}
	return 1, lexSymbol
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quotedEnd is the length of a quoted token whose quote is s[open-1].
func quotedEnd(s string, open int, backslash bool) int {
	quote := s[open-1]
	for i := open; i < len(s); i++ {
		switch {
		case s[i] == '\\' && backslash:
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// dollarQuoted measures $tag$…$tag$; a lone dollar is a symbol.
func dollarQuoted(s string) (int, lexSort) {
	end := strings.IndexByte(s[1:], '$')
	if end < 0 || strings.ContainsFunc(s[1:1+end], func(r rune) bool { return r < 0x80 && !isWordByte(byte(r)) }) {
		return 1, lexSymbol
	}
	tag := s[:end+2]
	return until(s, len(tag), tag), lexString
}

// until is the length of s up to and with the next end after from.
func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

func blockComment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// redactURL hides the password of a URL inside a literal.
func redactURL(s string) string {
	scheme := strings.Index(s, "://")
	if scheme < 0 {
		return s
	}
	start := scheme + 3
	end := start + strings.IndexAny(s[start:]+"/", "/?# ")
	at := strings.LastIndexByte(s[start:end], '@')
	if at < 0 {
		return s
	}
	colon := strings.IndexByte(s[start:start+at], ':')
	if colon < 0 {
		return s
	}
	return s[:start+colon+1] + "***" + s[start+at:]
}
