package sql

import (
	"unicode/utf8"

	"streamdb/types/pgerr"
)

// Limits that keep text from exhausting the C parser's stack, which no Go code can catch:
// it overflows at about 22,000 chained operators.
const (
	maxTextBytes   = 16 << 20
	maxChain       = 4500       // operators or set operations chained, parentheses included
	maxNesting     = 900        // open parentheses and brackets
	maxConvertDeep = 6000       // levels of our own recursion over pg_query's tree
	maxRescans     = 50_000_000 // characters looked at again, a good second
)

// errTooDeep is PostgreSQL's refusal of a statement that nests too deeply.
func errTooDeep() *pgerr.Error {
	return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
		WithHint("Split the statement: it nests or chains more than the parser's limit.")
}

// checkText refuses text that no statement may consist of: too long, or not UTF-8.
func checkText(text string) error {
	if len(text) > maxTextBytes {
		return pgerr.New(pgerr.ProgramLimitExceeded, "statement text of %d bytes exceeds the limit of %d bytes", len(text), maxTextBytes)
	}
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c == 0 {
				return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x%02x`, text[i])
		}
		i += n
	}
	return checkOperatorRuns(text)
}

// checkOperatorRuns refuses text on which PostgreSQL's scanner, which nothing interrupts,
// takes quadratic time: before each sign, and each start of a comment, it looks through the
// whole run of operator characters that follows. Nobody writes runs of ten thousand.
func checkOperatorRuns(text string) error {
	cost := 0
	for i := 0; i < len(text); {
		if !operatorChar(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && operatorChar(text[i]) {
			i++
		}
		for k := start; k < i; k++ {
			if text[k] == '+' || text[k] == '/' && k+1 < i && text[k+1] == '*' {
				cost += i - k
			}
		}
		if cost > maxRescans {
			return errTooDeep()
		}
	}
	return nil
}

func operatorChar(c byte) bool {
	switch c {
	case '~', '!', '@', '#', '^', '&', '|', '`', '?', '+', '-', '*', '/', '%', '<', '>', '=':
		return true
	}
	return false
}

// level estimates, for one nesting level, the height of the tree its tokens will make.
type level struct {
	ops  int // of the chain of operators since the last separator
	best int // of the highest chain before it
	sets int // set operations and joins, whose chain no separator ends
}

func (l *level) height() int { return max(l.best, l.ops) + l.sets }

// checkDepth refuses tokens whose tree would be too high to build.
func checkDepth(tokens []token) error {
	stack := []level{{}}
	for i := range tokens {
		t := &tokens[i]
		top := &stack[len(stack)-1]
		switch {
		case t.is("(") || t.is("["):
			if len(stack) > maxNesting {
				return errTooDeep()
			}
			stack = append(stack, level{})
			continue
		case t.is(")") || t.is("]"):
			if len(stack) == 1 {
				continue
			}
			inner := top.height() + 1
			stack = stack[:len(stack)-1]
			top = &stack[len(stack)-1]
			top.ops = max(top.ops, inner)
		case t.is(";") && len(stack) == 1:
			stack[0] = level{}
		case separates(t):
			top.best, top.ops = max(top.best, top.ops), 0
		case t.word == "join" || isSetOp(t):
			top.sets++
		case chains(t):
			top.ops++
		}
		if top.height() > maxChain {
			return errTooDeep()
		}
	}
	return nil
}

// separates reports whether t ends a chain of operators: the grammar keeps what follows
// beside what went before, not below it.
func separates(t *token) bool {
	switch t.word {
	case "and", "or", "when", "then", "else", "end":
		return true
	}
	return t.is(",")
}

func isSetOp(t *token) bool {
	return t.word == "union" || t.word == "intersect" || t.word == "except"
}

// chains reports whether t may add a level to the tree.
func chains(t *token) bool {
	switch t.word {
	case "":
		return t.operator
	case "not", "is", "isnull", "notnull", "collate", "at", "like", "ilike", "similar", "in",
		"between", "operator", "escape", "case":
		return true
	}
	return false
}
