package session

import (
	"context"
	"slices"
	"strings"

	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

func checkModes(m sql.TransactionModes) error {
	if m.Isolation == "serializable" {
		return pgerr.Unsupported("isolation level SERIALIZABLE", "Blocks have snapshot isolation: use REPEATABLE READ.")
	}
	return nil
}

func (s *Session) beginBlock(st *sql.Begin) (action, error) {
	if err := checkModes(st.Modes); err != nil {
		return nil, err
	}
	tag := "BEGIN"
	if st.Start {
		tag = "START TRANSACTION"
	}
	return func(ctx context.Context) (string, error) {
		if s.block {
			s.notice(wire.SeverityWarning, pgerr.New(pgerr.ActiveTransaction, "there is already a transaction in progress"))
			return tag, nil
		}
		if err := s.finishImplicit(ctx); err != nil {
			return "", err
		}
		return tag, s.openBlock(modesOf(st.Modes))
	}, nil
}

// modes are the settings of one transaction; each begins as the default_… setting says.
var modes = []string{"transaction_isolation", "transaction_read_only", "transaction_deferrable"}

func isMode(setting string) bool { return slices.Contains(modes, setting) }

// modesOf are the given modes as settings.
func modesOf(m sql.TransactionModes) map[string]string {
	onOff := map[bool]string{true: "on", false: "off"}
	values := map[string]string{}
	if m.Isolation != "" {
		values["transaction_isolation"] = m.Isolation
	}
	if m.ReadOnly != nil {
		values["transaction_read_only"] = onOff[*m.ReadOnly]
	}
	if m.Deferrable != nil {
		values["transaction_deferrable"] = onOff[*m.Deferrable]
	}
	return values
}

// openBlock begins a block with the given modes, and the defaults for others. They stay when
// the defaults change.
func (s *Session) openBlock(values map[string]string) error {
	s.block = true
	s.current()
	for _, m := range modes {
		v, given := values[m]
		if !given {
			v = s.set.Value(m)
		}
		if err := s.set.Set(m, v, true); err != nil {
			return err
		}
	}
	return nil
}

// setMode changes a mode of the running transaction; outside a block that ends with the
// statement, so that there is nothing to do.
func (s *Session) setMode(name, value string, toDefault bool) error {
	if toDefault {
		value = s.set.Value("default_" + name)
	}
	d, _ := settings.Find(name)
	v, err := d.Parse(value)
	if err != nil || !s.block {
		return err
	}
	if err := s.checkMode(name, v); err != nil {
		return err
	}
	return s.set.Set(name, v, true)
}

// checkMode fails for a mode that comes too late.
func (s *Session) checkMode(name, value string) error {
	if s.set.Value(name) == value {
		return nil
	}
	late := ""
	switch nested := s.set.Savepoints() > 0; name {
	case "transaction_read_only":
		switch {
		case value == "on":
		case nested:
			late = "cannot set transaction read-write mode inside a read-only transaction"
		case s.queried:
			late = "transaction read-write mode must be set before any query"
		}
	case "transaction_isolation":
		switch {
		case value == "read committed": // PostgreSQL's default, so that it would be no change there
		case s.queried:
			late = "SET TRANSACTION ISOLATION LEVEL must be called before any query"
		case nested:
			late = "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction"
		}
	case "transaction_deferrable":
		switch {
		case nested:
			late = "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction"
		case s.queried:
			late = "SET TRANSACTION [NOT] DEFERRABLE must be called before any query"
		}
	}
	if late == "" {
		return nil
	}
	return pgerr.New(pgerr.ActiveTransaction, "%s", late)
}

// asksData reports whether a statement fixes what its transaction sees.
func asksData(st sql.Statement) bool {
	switch st.(type) {
	case *sql.Begin, *sql.Commit, *sql.Rollback, *sql.Savepoint, *sql.ReleaseSavepoint, *sql.RollbackTo,
		*sql.Set, *sql.SetTransaction, *sql.Reset, *sql.Show, *sql.LockTable:
		return false
	}
	return true
}

// implicit is the transaction of statements outside a block: its first statement decides
// whether it may write, whatever default_transaction_read_only becomes in it.
type implicit struct{ begun, readOnly bool }

// checkWrites fails in a read-only transaction.
func (s *Session) checkWrites(verb string) error {
	readOnly := s.set.On("transaction_read_only")
	if !s.block && s.outside.begun {
		readOnly = s.outside.readOnly
	}
	if readOnly {
		return pgerr.New(pgerr.ReadOnlyTransaction, "cannot execute %s in a read-only transaction", verb)
	}
	return nil
}

var errNoBlock = pgerr.New(pgerr.NoActiveTransaction, "there is no transaction in progress")

func (s *Session) commitBlock(ctx context.Context) (string, error) {
	if !s.block {
		s.notice(wire.SeverityWarning, errNoBlock)
		return "COMMIT", s.finishImplicit(ctx)
	}
	s.closePortals()
	if s.failed {
		s.rollback()
		return "ROLLBACK", nil
	}
	return "COMMIT", s.commit(ctx)
}

func (s *Session) rollbackBlock(context.Context) (string, error) {
	if !s.block {
		s.notice(wire.SeverityWarning, errNoBlock)
	}
	s.closePortals()
	s.rollback()
	return "ROLLBACK", nil
}

// endBlock ends a block; with AND CHAIN another one begins, with the same modes.
func (s *Session) endBlock(verb string, end action, chain bool) action {
	if !chain {
		return end
	}
	return func(ctx context.Context) (string, error) {
		if !s.block {
			return "", pgerr.New(pgerr.NoActiveTransaction, "%s AND CHAIN can only be used in transaction blocks", verb)
		}
		same := map[string]string{}
		for _, m := range modes {
			same[m] = s.set.Value(m)
		}
		tag, err := end(ctx)
		if err != nil {
			return "", err
		}
		return tag, s.openBlock(same)
	}
}

func (s *Session) setTransaction(st *sql.SetTransaction) (action, error) {
	if st.Snapshot != "" {
		return nil, pgerr.Unsupported("SET TRANSACTION SNAPSHOT", "")
	}
	if err := checkModes(st.Modes); err != nil {
		return nil, err
	}
	return func(context.Context) (string, error) {
		if !st.Session && !s.block {
			s.notice(wire.SeverityWarning, pgerr.New(pgerr.NoActiveTransaction, "SET TRANSACTION can only be used in transaction blocks"))
			return "SET", nil
		}
		values := modesOf(st.Modes)
		for _, m := range modes {
			v, given := values[m]
			if !given {
				continue
			}
			err := error(nil)
			if st.Session {
				err = s.set.Set("default_"+m, v, false)
			} else {
				err = s.setMode(m, v, false)
			}
			if err != nil {
				return "", err
			}
		}
		return "SET", nil
	}, nil
}

// setOwn changes a setting that is the session's own matter: a mode of its transaction, or
// its user, which must stay. For other settings, and role if it may be set, done is false.
func (s *Session) setOwn(name, value string, toDefault bool) (done bool, err error) {
	switch name = strings.ToLower(name); {
	case isMode(name):
		return true, s.setMode(name, value, toDefault)
	case name == "session_authorization" && toDefault:
		return true, nil
	case name == "session_authorization":
		return true, s.checkUser(value)
	case name == "role" && !toDefault && value != "none":
		return false, s.checkUser(value)
	}
	return false, nil
}

// checkUser allows the user that the session has.
func (s *Session) checkUser(name string) error {
	if name == s.user {
		return nil
	}
	switch _, found, err := s.LookupReg(types.RegRole, `"`+strings.ReplaceAll(name, `"`, `""`)+`"`); {
	case err != nil:
		return err
	case found:
		return pgerr.Unsupported("working as another user", "Connect as that user.")
	}
	return pgerr.New(pgerr.InvalidParameterValue, "role \"%s\" does not exist", name)
}
