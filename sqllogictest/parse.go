package sqllogictest

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// maxIncludeDepth ends a chain of files that include each other.
const maxIncludeDepth = 8

// ParseFile reads the records of a file and of those it includes. Errors name
// file and line.
func ParseFile(fsys fs.FS, name string) ([]Record, error) {
	return parseFile(fsys, name, 0)
}

func parseFile(fsys fs.FS, name string, depth int) ([]Record, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("sqllogictest: %w", err)
	}
	p := &parser{fsys: fsys, file: name, lines: splitLines(string(text)), depth: depth}
	for p.at < len(p.lines) {
		if err := p.step(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, p.directive+1, err)
		}
	}
	if p.pending.used {
		return nil, fmt.Errorf("%s:%d: no record follows", name, p.directive+1)
	}
	return p.records, nil
}

func splitLines(text string) []string {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	return strings.Split(text, "\n")
}

type parser struct {
	fsys      fs.FS
	file      string
	lines     []string
	depth     int
	at        int // the next line
	directive int // the line of the directive being read
	subtest   string
	pending   prefix
	records   []Record
}

// prefix holds the lines that qualify the next record.
type prefix struct {
	used       bool
	conditions []condition
	adhocOnly  bool
	connection string
}

func (p *parser) step() error {
	line := strings.TrimSpace(p.lines[p.at])
	p.directive = p.at
	p.at++
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "statement":
		return p.statement(rest)
	case "query":
		return p.query(rest)
	case "skipif", "onlyif", "adhoc-only", "connection":
		return p.prefix(word, rest)
	case "restart":
		p.add(Record{Kind: Restart})
	case "halt":
		p.add(Record{Kind: Halt})
	case "hash-threshold":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			return fmt.Errorf("hash-threshold wants a number, not %q", rest)
		}
		p.add(Record{Kind: HashThreshold, Threshold: n})
	case "subtest":
		p.subtest = rest
	case "include":
		return p.include(rest)
	default:
		return fmt.Errorf("unknown directive %q", word)
	}
	return nil
}

func (p *parser) prefix(word, rest string) error {
	p.pending.used = true
	wantsName := word != "adhoc-only"
	if wantsName != (len(strings.Fields(rest)) == 1) {
		return fmt.Errorf("wrong words after %s: %q", word, rest)
	}
	switch word {
	case "adhoc-only":
		p.pending.adhocOnly = true
	case "connection":
		p.pending.connection = rest
	default:
		p.pending.conditions = append(p.pending.conditions, condition{only: word == "onlyif", engine: rest})
	}
	return nil
}

func (p *parser) add(r Record) {
	r.File, r.Line, r.Subtest = p.file, p.directive+1, p.subtest
	r.conditions = p.pending.conditions
	r.AdhocOnly = p.pending.adhocOnly
	r.Connection = p.pending.connection
	p.pending = prefix{}
	p.records = append(p.records, r)
}

func (p *parser) statement(rest string) error {
	r := Record{Kind: Statement, WantCount: AnyCount}
	word, arg, _ := strings.Cut(rest, " ")
	switch word {
	case "ok":
	case "count":
		n, err := strconv.Atoi(strings.TrimSpace(arg))
		if err != nil || n < 0 {
			return fmt.Errorf("statement count wants a number, not %q", arg)
		}
		r.WantCount = n
	case "error":
		pattern, err := parseErrorPattern(strings.TrimSpace(arg))
		if err != nil {
			return err
		}
		r.WantError = pattern
	default:
		return fmt.Errorf("statement wants ok, count or error, not %q", word)
	}
	return p.body(r)
}

func (p *parser) query(rest string) error {
	r := Record{Kind: Query, WantCount: AnyCount}
	word, arg, _ := strings.Cut(rest, " ")
	if word == "error" {
		pattern, err := parseErrorPattern(strings.TrimSpace(arg))
		if err != nil {
			return err
		}
		r.WantError = pattern
		return p.body(r)
	}
	if word == "" || strings.Trim(word, "TIRB") != "" {
		return fmt.Errorf("query wants one of the letters T, I, R, B per column, not %q", word)
	}
	r.Types = word
	words := strings.Fields(arg)
	if len(words) > 0 {
		known := true
		switch words[0] {
		case "nosort":
		case "rowsort":
			r.Sort = RowSort
		case "valuesort":
			r.Sort = ValueSort
		default:
			known = false
		}
		if known {
			words = words[1:]
		}
	}
	if len(words) > 1 {
		return fmt.Errorf("too many words after query: %q", rest)
	}
	if len(words) == 1 {
		r.Label = words[0]
	}
	return p.body(r)
}

// body reads the SQL and the expected lines up to an empty line.
func (p *parser) body(r Record) error {
	var sql []string
	r.span = span{directive: p.directive}
	for p.at < len(p.lines) && p.lines[p.at] != "" && p.lines[p.at] != "----" {
		sql = append(sql, p.lines[p.at])
		p.at++
	}
	if len(sql) == 0 {
		return fmt.Errorf("no SQL follows")
	}
	r.SQL = strings.Join(sql, "\n")
	r.span.results = p.at
	if p.at < len(p.lines) && p.lines[p.at] == "----" {
		if r.Kind != Query || r.WantError != nil {
			return fmt.Errorf("only a query has results")
		}
		for p.at++; p.at < len(p.lines) && p.lines[p.at] != ""; p.at++ {
			r.Want = append(r.Want, p.lines[p.at])
		}
	}
	r.span.end = p.at
	p.add(r)
	return nil
}

func (p *parser) include(glob string) error {
	if p.depth == maxIncludeDepth {
		return fmt.Errorf("includes are nested deeper than %d files", maxIncludeDepth)
	}
	names, err := fs.Glob(p.fsys, path.Join(path.Dir(p.file), glob))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no file matches %q", glob)
	}
	for _, name := range names {
		records, err := parseFile(p.fsys, name, p.depth+1)
		if err != nil {
			return err
		}
		p.records = append(p.records, records...)
	}
	return nil
}
