package sql

import (
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// command reads the dialect's commands. It reports false for a statement that is PostgreSQL's.
func (p *parser) command() (Statement, bool) {
	first := p.word()
	p.i = 1
	var s Statement
	switch {
	case first == "show":
		s = p.show()
	case first == "describe" || first == "desc":
		s = &Describe{Name: p.qualifiedName()}
	case first == "cancel" && (p.accept("job") || p.accept("jobs")):
		s = p.cancelJobs()
	case first == "flush":
		s = &Flush{}
	case first == "wait":
		s = &Wait{}
	case first == "checkpoint":
		s = p.checkpoint()
	case first == "subscribe":
		s = p.subscribe()
	}
	if s == nil && p.err == nil {
		p.i = 0
		return nil, false
	}
	p.finish()
	if p.err != nil {
		return nil, true
	}
	return s, true
}

// showKinds are the lists that SHOW knows, by their words.
var showKinds = map[string]ShowKind{
	"tables": ShowTables, "sources": ShowSources, "sinks": ShowSinks, "views": ShowViews,
	"materialized views": ShowMaterializedViews, "schemas": ShowSchemas, "databases": ShowDatabases,
	"jobs": ShowJobs, "columns": ShowColumns, "indexes": ShowIndexes, "parameters": ShowParameters,
	"functions": ShowFunctions, "subscriptions": ShowSubscriptions, "connections": ShowConnections,
	"secrets": ShowSecrets, "cluster": ShowCluster, "processlist": ShowProcesslist,
	"internal tables": ShowInternalTables,
}

// show reads the SHOW of the dialect; nil for PostgreSQL's.
func (p *parser) show() Statement {
	if p.accept("create") {
		kind, n := p.kindAt(p.i)
		if kind == "" {
			p.fail()
			return nil
		}
		p.i = n
		return &ShowCreate{Kind: kind, Name: p.qualifiedName()}
	}
	start := p.next()
	name := p.word()
	if name == "materialized" || name == "internal" {
		name += " " + p.wordAt(p.i+1)
	}
	kind, ok := showKinds[name]
	if !ok {
		return nil
	}
	p.i += len(strings.Fields(name))
	s := &ShowObjects{Pos: Pos(start.start), Kind: kind}
	p.showFrom(s)
	if p.accept("like") {
		s.Like = p.stringLiteral()
	}
	return s
}

func (p *parser) showFrom(s *ShowObjects) {
	if s.Kind == ShowColumns || s.Kind == ShowIndexes {
		p.expect("from")
		name := p.qualifiedName()
		s.From = &name
		return
	}
	if p.accept("from") {
		s.Schema = p.name()
	}
}

func (p *parser) cancelJobs() Statement {
	s := &CancelJobs{}
	for {
		t := p.next()
		if t == nil || t.kind != pg_query.Token_ICONST && t.kind != pg_query.Token_FCONST {
			p.fail()
			return nil
		}
		id, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			p.fail()
			return nil
		}
		p.i++
		s.IDs = append(s.IDs, id)
		if !p.accept(",") {
			return s
		}
	}
}

func (p *parser) checkpoint() Statement {
	s := &Checkpoint{}
	if p.accept("to") {
		if uri := p.stringLiteral(); uri != nil {
			s.To = uri.Text
		}
	}
	return s
}

// subscribe reads SUBSCRIBE [TO] {relation | (query)} [ENVELOPE …] [WITH (…)] [AS OF expr]
// [UP TO expr].
func (p *parser) subscribe() Statement {
	s := &Subscribe{}
	p.accept("to")
	if p.at("(") {
		end := closing(p.tokens, p.i)
		s.Query = p.subquery(p.i+1, min(end, len(p.tokens)))
		p.skipTo(min(end+1, len(p.tokens)))
	} else {
		name := p.qualifiedName()
		s.Relation = &name
	}
	if p.accept("envelope") {
		s.Envelope = strings.ToUpper(p.optionWord())
		if p.accept("(", "key") {
			s.Key = p.nameList()
			p.expect(")")
		}
	}
	if p.at("with", "(") {
		p.i++
		s.Options = p.optionList()
	}
	if p.accept("as", "of") {
		s.AsOf = p.exprUntil("up")
	}
	if p.accept("up", "to") {
		s.UpTo = p.exprUntil("")
	}
	return s
}

// exprUntil parses an expression that ends before the given word outside parentheses.
func (p *parser) exprUntil(word string) Expr {
	from, depth := p.i, 0
	for ; p.i < len(p.tokens); p.i++ {
		t := &p.tokens[p.i]
		if t.is("(") {
			depth++
		}
		if t.is(")") {
			depth--
		}
		if depth == 0 && word != "" && t.word == word {
			break
		}
	}
	return p.exprTokens(from, p.i)
}
