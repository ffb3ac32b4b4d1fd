package clienttest

import (
	"slices"
	"strings"
	"testing"

	"streamdb/wire/wiretest"
)

// TestIdleTimeouts: a session that is idle too long ends, and what it held is free again.
func TestIdleTimeouts(t *testing.T) {
	c := connect(t)
	run(t, c, "create table idle_t (k int primary key, v int)")
	defer run(t, c, "drop table idle_t")
	run(t, c, "insert into idle_t values (1, 0)")
	run(t, c, "set lock_timeout = '20ms'")

	const inTransaction = "FATAL 25P03 terminating connection due to idle-in-transaction timeout\nEOF\n"
	for _, x := range []struct {
		name, setting string
		messages      []byte
		holds         bool // it keeps others from writing
		last          string
	}{
		{"outside", "idle_session_timeout", nil, false, "FATAL 57P05 terminating connection due to idle-session timeout\nEOF\n"},
		{"block", "idle_in_transaction_session_timeout", slices.Concat(
			wiretest.Message('Q', "begin"), wiretest.Message('Q', "update idle_t set v = v + 1")), false, inTransaction},
		{"aborted block", "idle_in_transaction_session_timeout", slices.Concat(
			wiretest.Message('Q', "begin"), wiretest.Message('Q', "update idle_t set v = v + 1"), wiretest.Message('Q', "select nonsense")), false, inTransaction},
		{"sequence without Sync", "idle_in_transaction_session_timeout", slices.Concat(
			wiretest.Message('P', "", "update idle_t set v = v + 1", int16(0)), wiretest.Message('B', "", "", int16(0), int16(0), int16(0)),
			wiretest.Message('E', "", int32(0)), wiretest.Message('H')), true, inTransaction},
	} {
		t.Run(x.name, func(t *testing.T) {
			idle := wiretest.Login(t, address(), "root", "dev")
			idle.Write(wiretest.Message('Q', "set "+x.setting+" = '500ms'"))
			idle.Until(t, 'Z')
			idle.Write(x.messages)
			if x.holds {
				idle.Until(t, 'C')
				if _, err := c.Exec(t.Context(), "update idle_t set v = 9"); sqlState(err) != "55P03" {
					t.Errorf("while it is idle: %v", err)
				}
			}
			if got := idle.Until(t, 0); !strings.HasSuffix(got, x.last) {
				t.Errorf("it ended with %s", got)
			}
			run(t, c, "reset lock_timeout")
			run(t, c, "update idle_t set v = v")
			run(t, c, "set lock_timeout = '20ms'")
			if got := one(t, c, "select v from idle_t"); got != int32(0) {
				t.Errorf("v is %v", got)
			}
		})
	}

	// Time within a statement, and between the messages of a sequence outside a
	// transaction, is not idle.
	busy := wiretest.Login(t, address(), "root", "dev")
	busy.Write(wiretest.Message('Q', "set idle_session_timeout = '50ms'; set idle_in_transaction_session_timeout = '50ms'; select pg_sleep(0.2)"))
	if got := busy.Until(t, 'Z'); !strings.HasSuffix(got, "CommandComplete SELECT 1\nReadyForQuery I\n") {
		t.Error(got)
	}
}
