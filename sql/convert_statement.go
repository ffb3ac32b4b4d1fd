package sql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// statement converts a whole statement, with the sources of the statements inside it.
func (c *converter) statement(n *pg_query.Node) Statement {
	s := c.nested(n)
	if c.err != nil {
		return nil
	}
	switch v := s.(type) {
	case *CreateView:
		c.sourceAfter("as", v.Query)
	case *CreateMaterializedView:
		c.sourceAfter("as", v.Query)
	case *CreateTableAs:
		if !v.SelectInto {
			c.sourceAfter("as", v.Query)
		}
	case *Prepare:
		c.sourceAfter("as", v.Stmt)
	case *DeclareCursor:
		c.sourceAfter("for", v.Query)
	case *Explain:
		if i := explainBody(c.tokens); i < len(c.tokens) {
			setSource(v.Stmt, c.text, c.tokens[i].start, c.tokens[len(c.tokens)-1].end)
		}
	}
	return s
}

// nested converts a statement that may stand inside another one.
func (c *converter) nested(n *pg_query.Node) Statement {
	if n == nil || !c.enter() {
		return nil
	}
	defer func() { c.depth-- }()
	switch v := n.Node.(type) {
	case *pg_query.Node_SelectStmt:
		return c.selectStatement(v.SelectStmt)
	case *pg_query.Node_InsertStmt:
		return c.insert(v.InsertStmt)
	case *pg_query.Node_UpdateStmt:
		return c.update(v.UpdateStmt)
	case *pg_query.Node_DeleteStmt:
		return c.delete(v.DeleteStmt)
	case *pg_query.Node_CopyStmt:
		return c.copy(v.CopyStmt)
	case *pg_query.Node_TruncateStmt:
		return c.truncate(v.TruncateStmt)
	case *pg_query.Node_ExplainStmt:
		return &Explain{Options: c.options(v.ExplainStmt.Options), Stmt: c.nested(v.ExplainStmt.Query)}
	}
	if s := c.definition(n); s != nil {
		return s
	}
	if s := c.alteration(n); s != nil {
		return s
	}
	if s := c.session(n); s != nil {
		return s
	}
	if s := c.refusal(n); s != nil {
		return s
	}
	return c.unsupportedStatement()
}

// selectStatement tells SELECT … INTO, which makes a table, from other queries.
func (c *converter) selectStatement(s *pg_query.SelectStmt) Statement {
	into := s.IntoClause
	if into == nil {
		return c.query(s)
	}
	s.IntoClause = nil
	out := c.createTableAs(into, c.query(s))
	out.SelectInto = true
	return out
}

// unsupportedStatement names a statement that has no type of ours.
func (c *converter) unsupportedStatement() Statement {
	return unsupportedStatement(c.tokens)
}

func unsupportedStatement(tokens []token) *Unsupported {
	return &Unsupported{Pos: Pos(tokens[0].start), What: statementName(tokens)}
}

// kindWords are those words of statement names that need the next word to say anything.
var kindWords = map[string]bool{
	"create": true, "alter": true, "drop": true, "foreign": true, "event": true, "text": true, "search": true,
	"operator": true, "user": true, "access": true, "default": true, "large": true, "data": true, "security": true,
	"reassign": true, "import": true, "materialized": true, "refresh": true,
}

// statementName gives the leading words of a statement, such as CREATE EVENT TRIGGER.
func statementName(tokens []token) string {
	var words []string
	for i := range tokens {
		w := tokens[i].word
		if w == "" {
			break
		}
		switch w {
		case "or", "replace", "temp", "temporary", "unlogged", "trusted", "unique", "constraint", "global", "local":
			if len(words) > 0 {
				continue
			}
		}
		words = append(words, strings.ToUpper(w))
		if !kindWords[w] || len(words) == 4 {
			break
		}
	}
	if len(words) == 0 {
		return tokens[0].text
	}
	return strings.Join(words, " ")
}

// sourceAfter gives s the text that follows the first word outside parentheses, without
// what may follow a query there (WITH DATA, WITH CHECK OPTION).
func (c *converter) sourceAfter(word string, s Statement) {
	depth := 0
	for i := range c.tokens {
		t := &c.tokens[i]
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case depth == 0 && t.word == word && i+1 < len(c.tokens):
			last := lastOfQuery(c.tokens)
			if last > i {
				setSource(s, c.text, c.tokens[i+1].start, c.tokens[last].end)
			}
			return
		}
	}
}

// lastOfQuery finds the last token of the query that ends a statement.
func lastOfQuery(tokens []token) int {
	last := len(tokens) - 1
	for _, tail := range []string{"with data", "with no data", "with check option", "with cascaded check option", "with local check option"} {
		words := strings.Fields(tail)
		if endsWith(tokens, words) {
			return last - len(words)
		}
	}
	return last
}

func endsWith(tokens []token, words []string) bool {
	if len(tokens) < len(words) {
		return false
	}
	for i, t := range tokens[len(tokens)-len(words):] {
		if t.word != words[i] {
			return false
		}
	}
	return true
}

// sourceBetweenParens gives s the text inside the first parentheses.
func (c *converter) sourceBetweenParens(s Statement) {
	if c.err != nil {
		return
	}
	for i := range c.tokens {
		if c.tokens[i].is("(") {
			if end := closing(c.tokens, i); end > i+1 {
				setSource(s, c.text, c.tokens[i+1].start, c.tokens[end-1].end)
			}
			return
		}
	}
}

// closing finds the parenthesis that closes tokens[open]; len(tokens) when there is none.
func closing(tokens []token, open int) int {
	depth := 0
	for i := open; i < len(tokens); i++ {
		switch {
		case tokens[i].is("("):
			depth++
		case tokens[i].is(")"):
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

// explainBody finds where the explained statement begins.
func explainBody(tokens []token) int {
	i := 1
	if i+1 < len(tokens) && tokens[i].is("(") && !tokens[i+1].is("(") {
		switch tokens[i+1].word {
		case "select", "with", "values", "table":
		default:
			return closing(tokens, i) + 1
		}
	}
	for i < len(tokens) && (tokens[i].word == "analyze" || tokens[i].word == "analyse" || tokens[i].word == "verbose") {
		i++
	}
	return i
}
