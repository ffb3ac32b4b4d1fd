package session

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"streamdb/catalog"
	"streamdb/catalog/pgcatalog"
	"streamdb/exec"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// systemRelation is a relation whose rows are made when it is read.
type systemRelation struct {
	desc *catalog.Relation
	// rows calls yield for each row, all physical columns included, until it returns false.
	rows func(s *Session, yield func(types.Row) bool)
}

// systemRelations is the relations of pg_catalog, information_schema and streamdb by id.
var systemRelations = sync.OnceValue(func() map[catalog.ID]*systemRelation {
	m := map[catalog.ID]*systemRelation{}
	for _, d := range pgcatalog.Defs() {
		m[d.Relation.ID] = &systemRelation{d.Relation, func(s *Session, yield func(types.Row) bool) {
			d.Rows(s.input(), yield)
		}}
	}
	for _, d := range streamdbRelations() {
		m[d.desc.ID] = d
	}
	return m
})

// SystemRelations lists the descriptions of all system relations, for [engine.Config].
func SystemRelations() []*catalog.Relation {
	rs := pgcatalog.Relations()
	for _, d := range streamdbRelations() {
		rs = append(rs, d.desc)
	}
	return rs
}

// system is what a scan of a system relation reads.
func (s *Session) system(id catalog.ID) (exec.Snapshotter, error) {
	r := systemRelations()[id]
	if r == nil {
		return nil, pgerr.Internal("no system relation has id %d", id)
	}
	return &systemScan{s, r}, nil
}

// systemScan gives a system relation's rows as they are now: they belong to no epoch.
type systemScan struct {
	s   *Session
	rel *systemRelation
}

// Snapshot calls yield with the rows.
func (c *systemScan) Snapshot(ctx context.Context, _ types.Epoch, yield func(*types.Batch) error) error {
	if c.rel.desc.Schema == catalog.Streamdb {
		c.s.settle(ctx)
	}
	ts := c.rel.desc.Types().Types()
	b := types.NewBatch(ts, 0)
	var err error
	send := func() bool {
		if err = ctx.Err(); err == nil && b.N > 0 {
			err = yield(b)
		}
		b = types.NewBatch(ts, 0)
		return err == nil
	}
	c.rel.rows(c.s, func(r types.Row) bool {
		if err != nil {
			return false
		}
		b.AppendRow(r, 1)
		return b.N < types.MaxBatch || send()
	})
	if err == nil {
		send()
	}
	return err
}

// settleTime is how long a read of streamdb's relations waits for views to have what is
// committed. It must answer all the same when a view is stuck, to say so.
const settleTime = time.Second

// settle waits a while until the running views have what is committed, so that what they
// say of it (their errors, say) is there.
func (s *Session) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	_, _ = s.e.Flush(ctx) // late views are shown as they are
}

// activities is what pg_stat_activity shows of every session.
func (s *Session) activities() []pgcatalog.Activity {
	var rows []pgcatalog.Activity
	for _, o := range s.srv.sessions.list() {
		a := o.activity.Load()
		if a == nil {
			continue
		}
		row := pgcatalog.Activity{
			PID: o.pid, User: o.user, Database: Database, BackendType: "client backend",
			BackendStart: microsOrNone(o.started), XactStart: microsOrNone(a.XactStart),
			QueryStart: microsOrNone(a.QueryStart), StateTime: microsOrNone(a.StateChange),
			State: a.State, Query: s.shown(a.Query), Application: a.Application, WaitType: a.Wait.Type, Wait: a.Wait.Event,
		}
		if o == s { // the settings of another session belong to its goroutine
			row.Application = s.set.Value("application_name")
		}
		row.ClientAddr, row.ClientPort = clientAddress(o)
		rows = append(rows, row)
	}
	return rows
}

// clientAddress is the client's address and port, −1 for a Unix socket.
func clientAddress(s *Session) (addr string, port int32) {
	tcp, ok := s.remote.(interface{ AddrPort() netip.AddrPort })
	if !ok {
		return "", -1
	}
	a := tcp.AddrPort()
	return a.Addr().Unmap().String(), int32(a.Port())
}

// microsOrNone is an instant as pgcatalog takes it: 0 for none.
func microsOrNone(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return types.TimestampFromTime(t)
}
