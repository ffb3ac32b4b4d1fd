package session

import (
	"context"

	"streamdb/sql"
	"streamdb/types/pgerr"
)

// longText is the length from which on a text takes some milliseconds to parse.
const longText = 64 << 10

// parsed is what became of a text.
type parsed struct {
	stmts []sql.Statement
	err   error
}

// parse parses text. The parser cannot be interrupted: a long text is parsed beside, so that a
// session that is cancelled does not wait for it, but before the next long one.
func (s *Session) parse(ctx context.Context, text string) ([]sql.Statement, error) {
	if len(text) < longText {
		return sql.Parse(text)
	}
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	select {
	case s.parsing <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	done := make(chan parsed, 1)
	go func() {
		defer func() { <-s.parsing }()
		done <- parseLong(text)
	}()
	select {
	case p := <-done:
		return p.stmts, p.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// parseLong is sql.Parse away from the connection, whose recover does not reach here.
func parseLong(text string) (p parsed) {
	defer func() {
		if r := recover(); r != nil {
			p = parsed{err: pgerr.Internal("%v", r)}
		}
	}()
	p.stmts, p.err = sql.Parse(text)
	return p
}
