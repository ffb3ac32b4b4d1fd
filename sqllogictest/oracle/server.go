package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"streamdb/sqllogictest"
)

// side is one of the two servers.
type side struct {
	open  func(context.Context) (sqllogictest.Conn, error)
	conn  sqllogictest.Conn
	setup []string
}

// copier is a session that knows COPY.
type copier interface {
	CopyFrom(ctx context.Context, sql, data string) (tag string, err error)
	CopyTo(ctx context.Context, sql string) (data string, err error)
}

// connect opens the session anew, with the settings of the round.
func (s *side) connect(ctx context.Context) error {
	if s.conn != nil {
		_ = s.conn.Close() // it may be gone already
		s.conn = nil
	}
	conn, err := s.open(ctx)
	if err != nil {
		return fmt.Errorf("oracle: %w", err)
	}
	s.conn = conn
	for _, sql := range s.setup {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("oracle: %s: %w", sql, err)
		}
	}
	return nil
}

// exec runs a statement. An error without SQLSTATE means that the server is
// gone and is returned as lost.
func (s *side) exec(ctx context.Context, sql string) (tag, state string, lost error) {
	tag, err := s.conn.Exec(ctx, sql)
	state, lost = judge(sql, err)
	return tag, state, lost
}

func (s *side) query(ctx context.Context, sql string) (result sqllogictest.Result, state string, lost error) {
	result, err := s.conn.Query(ctx, sql)
	state, lost = judge(sql, err)
	return result, state, lost
}

func judge(sql string, err error) (state string, lost error) {
	if err == nil {
		return "", nil
	}
	if state = sqllogictest.SQLState(err); state != "" {
		return state, nil
	}
	return "", fmt.Errorf("oracle: %s: %w", sql, err)
}

// sortedLines brings lines of no order into one.
func sortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// sameState compares SQLSTATEs by class.
func sameState(a, b string) bool {
	if len(a) < 2 || len(b) < 2 {
		return a == b
	}
	return class(a) == class(b)
}

// class is the class of a SQLSTATE. Which of several rows fails first, by its
// data or by a constraint, is open.
func class(state string) string {
	if state[:2] == "23" {
		return "22"
	}
	return state[:2]
}
