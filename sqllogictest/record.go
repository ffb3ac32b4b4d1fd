package sqllogictest

import (
	"errors"
	"fmt"
	"regexp"
)

// Kind says what a Record asks the runner to do.
type Kind int

// The kinds of records.
const (
	Statement     Kind = iota // run SQL, look at success, error or row count
	Query                     // run SQL, compare rows
	Restart                   // kill and restart the server
	Halt                      // end the file
	HashThreshold             // set the result size from which -rewrite hashes
)

// Sort says how the rows of a Query are ordered before they are compared.
type Sort int

// The sort modes.
const (
	NoSort Sort = iota
	RowSort
	ValueSort
)

// AnyCount as a Record's WantCount accepts every command tag.
const AnyCount = -1

// Record is one step of a file.
type Record struct {
	File       string // as given to ParseFile, or found by include
	Line       int    // of the directive, from 1
	Kind       Kind
	Subtest    string
	Connection string // "" is the main connection
	AdhocOnly  bool
	SQL        string
	WantError  *ErrorPattern // nil: success is expected
	WantCount  int           // rows in a statement's command tag, or AnyCount
	Types      string        // one letter per column of a Query
	Sort       Sort
	Label      string
	Want       []string // the lines below ----
	Threshold  int      // of a HashThreshold, in values

	conditions []condition
	span       span
}

// Position is the record's place as file:line.
func (r *Record) Position() string { return fmt.Sprintf("%s:%d", r.File, r.Line) }

// runsOn tells whether the record's skipif and onlyif lines admit an engine.
func (r *Record) runsOn(engine string) bool {
	for _, c := range r.conditions {
		if c.only != (c.engine == engine) {
			return false
		}
	}
	return true
}

type condition struct {
	only   bool // onlyif, else skipif
	engine string
}

// span is where the record's parts stand, as line indices from 0, for -rewrite.
type span struct {
	directive int
	results   int // the line ----, or end when there is none
	end       int // the line after the record
}

// ErrorPattern is what an expected error must look like. The zero value
// accepts any error.
type ErrorPattern struct {
	SQLState string         // "" accepts any
	Message  *regexp.Regexp // nil accepts any
}

var errorPattern = regexp.MustCompile(`^(?:\(([0-9A-Z]{5})\))?\s*(.*)$`)

func parseErrorPattern(text string) (*ErrorPattern, error) {
	m := errorPattern.FindStringSubmatch(text)
	p := &ErrorPattern{SQLState: m[1]}
	if m[2] != "" {
		re, err := regexp.Compile(m[2])
		if err != nil {
			return nil, err
		}
		p.Message = re
	}
	return p, nil
}

// Match tells whether a server's error is the expected one.
func (p *ErrorPattern) Match(err error) bool {
	if p.SQLState != "" && SQLState(err) != p.SQLState {
		return false
	}
	return p.Message == nil || p.Message.MatchString(err.Error())
}

func (p *ErrorPattern) String() string {
	text := ""
	if p.SQLState != "" {
		text = "(" + p.SQLState + ")"
	}
	if p.Message != nil {
		if text != "" {
			text += " "
		}
		text += p.Message.String()
	}
	return text
}

// SQLState is the SQLSTATE a server gave an error, or "" when the error did
// not come from a server, such as a lost connection.
func SQLState(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}
