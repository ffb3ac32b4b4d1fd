package engine

import (
	"context"
	"testing"
	"time"
)

// TestQueriesGiveWayBeforeViews: while a query is on its way out no view is stopped, but not
// for ever, and not when memory runs away.
func TestQueriesGiveWayBeforeViews(t *testing.T) {
	m := &memory{limit: 1000, queries: map[*running]struct{}{}}
	if m.queriesGiveWay(1001) {
		t.Error("no query runs")
	}
	ctx, done, err := m.admit(context.Background(), true)
	if err != nil {
		t.Fatal(err)
	}
	if !m.queriesGiveWay(1001) || context.Cause(ctx) == nil {
		t.Error("the query is not told to end")
	}
	if !m.queriesGiveWay(1001) {
		t.Error("the query is not waited for")
	}
	if m.queriesGiveWay(1200) {
		t.Error("the query is waited for, far above the limit")
	}
	m.asked = time.Now().Add(-2 * queryGrace)
	_, another, err := m.admit(context.Background(), true) // one comes after the other
	if err != nil {
		t.Fatal(err)
	}
	if m.queriesGiveWay(1001) {
		t.Error("queries are waited for as long as there are any")
	}
	done()
	another()
	m.asked = time.Time{}
	if m.queriesGiveWay(1001) {
		t.Error("the queries have ended")
	}
}
