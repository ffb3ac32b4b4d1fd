package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"streamdb/types/pgerr"
)

// Parse parses the statements of text. Empty statements vanish, so that text without any
// gives none. A mistake anywhere in text is an error for all of it, a *pgerr.Error with its
// position: 42601 for syntax, 54001 for text that nests too deeply, 54000 for text over
// 16 MB, 0A000 for an expression or clause that streamdb does not have. A whole statement
// that streamdb does not have is an *Unsupported.
func Parse(text string) ([]Statement, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	if blanked, fast := fastInsertRows(text); fast != nil {
		stmts, err := parseAll(blanked)
		if err != nil || fast.restore(text, stmts) {
			return stmts, err
		}
	}
	return parseAll(text)
}

// parseAll parses every statement of text.
func parseAll(text string) ([]Statement, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	if err := checkDepth(tokens); err != nil {
		return nil, err
	}
	var stmts []Statement
	for _, part := range split(tokens, len(text)) {
		s, err := parsePart(text, part)
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, s)
	}
	return stmts, nil
}

// ParseExpr parses text as one expression, such as a stored default.
func ParseExpr(text string) (Expr, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	if err := checkDepth(tokens); err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, errSyntax(text, nil)
	}
	p := &parser{text: text, part: part{tokens: tokens, end: len(text)}}
	return p.expr(0, len(text))
}

// parsePart parses one statement of text.
func parsePart(text string, pt part) (Statement, error) {
	p := &parser{text: text, part: pt}
	s, err := p.statement()
	if err != nil {
		return nil, err
	}
	last := pt.tokens[len(pt.tokens)-1]
	setSource(s, text, pt.tokens[0].start, last.end)
	return s, nil
}

// setSource gives s the text between two offsets, unless it has a source already.
func setSource(s Statement, text string, start, end int) {
	if s != nil && s.Src().Text == "" {
		s.setSource(Source{Text: text[start:end], Offset: Pos(start)})
	}
}

// plain hands the statement to pg_query, blanked at the given spans.
func (p *parser) plain() (Statement, error) {
	if err := p.refuseDialectClauses(); err != nil {
		return nil, err
	}
	return p.grammar(p.buffer())
}

// buffer is the statement's text, its semicolon included, to be blanked and handed on.
func (p *parser) buffer() []byte { return []byte(p.text[p.start():p.part.end]) }

// grammar lets pg_query parse buf, which stands at the statement's place, and converts it.
func (p *parser) grammar(buf []byte) (Statement, error) {
	tree, err := parseTree(p.text, string(buf), p.start())
	if err != nil {
		return nil, err
	}
	c := &converter{text: p.text, base: p.start(), tokens: p.tokens}
	s := c.statement(tree)
	if c.err != nil {
		return nil, c.err
	}
	return s, nil
}

// parseTree parses one statement, which stands at start in the whole text.
func parseTree(whole, stmt string, start int) (*pg_query.Node, error) {
	result, err := pg_query.Parse(stmt)
	if err != nil {
		return nil, pgError(err, whole, start)
	}
	if len(result.Stmts) != 1 {
		return nil, pgerr.New(pgerr.SyntaxError, "syntax error at end of input").At(CharPos(whole, Pos(start+len(stmt))))
	}
	return result.Stmts[0].Stmt, nil
}

// selectPrefix makes an expression a statement.
const selectPrefix = "SELECT "

// expr parses the text between two offsets as one expression.
func (p *parser) expr(start, end int) (Expr, error) {
	result, err := pg_query.Parse(selectPrefix + p.text[start:end])
	if err != nil {
		return nil, p.shiftedError(err, start)
	}
	targets := result.Stmts[0].GetStmt().GetSelectStmt()
	if len(result.Stmts) != 1 || !isBareTarget(targets) {
		return nil, errSyntax(p.text, p.tokenAt(start))
	}
	c := &converter{text: p.text, base: start - len(selectPrefix), tokens: p.tokens}
	e := c.expr(targets.TargetList[0].GetResTarget().Val)
	return e, c.failure()
}

// isBareTarget reports whether a SELECT consists of one expression and nothing else.
func isBareTarget(s *pg_query.SelectStmt) bool {
	return s != nil && len(s.TargetList) == 1 && s.TargetList[0].GetResTarget().Name == "" &&
		s.FromClause == nil && s.WhereClause == nil && s.GroupClause == nil && s.HavingClause == nil &&
		s.WindowClause == nil && s.SortClause == nil && s.LimitCount == nil && s.LimitOffset == nil &&
		s.LockingClause == nil && s.IntoClause == nil && s.Op == pg_query.SetOperation_SETOP_NONE
}

// tokenAt finds the first token at or after an offset.
func (p *parser) tokenAt(offset int) *token {
	for i := range p.tokens {
		if p.tokens[i].start >= offset {
			return &p.tokens[i]
		}
	}
	return nil
}

// shiftedError maps an error about selectPrefix + text[start:…].
func (p *parser) shiftedError(err error, start int) error {
	mapped := pgerr.From(pgError(err, p.text, start))
	if mapped.Position > 0 {
		mapped.Position -= len(selectPrefix)
	}
	return mapped
}
