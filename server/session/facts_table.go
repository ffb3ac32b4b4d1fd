package session

import (
	"fmt"
	"runtime"
	"strconv"
	"time"

	"streamdb/catalog"
	"streamdb/catalog/pgcatalog"
	"streamdb/server/settings"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// fact answers one function; its arguments are not NULL.
type fact func(s *Session, args types.Row) (types.Datum, error)

// processStart is what pg_postmaster_start_time says.
var processStart = time.Now()

// facts is the answers by function; a test checks that none is missing.
var facts = map[string]fact{
	"current_database": textFact(func(*Session) string { return Database }),
	"current_catalog":  textFact(func(*Session) string { return Database }),
	"current_user":     textFact(func(s *Session) string { return s.user }),
	"current_role":     textFact(func(s *Session) string { return s.user }),
	"user":             textFact(func(s *Session) string { return s.user }),
	"session_user":     textFact(func(s *Session) string { return s.user }),
	"version":          textFact(func(*Session) string { return versionText() }),

	"pg_backend_pid":           func(s *Session, _ types.Row) (types.Datum, error) { return types.NewInt32(s.pid), nil },
	"pg_postmaster_start_time": startFact,
	"pg_conf_load_time":        startFact,
	"pg_is_in_recovery":        fixedFact(types.NewBool(false)),
	"inet_server_port":         fixedFact(types.Null()),
	"txid_current":             txidCurrent,
	"pg_cancel_backend":        signalFact(func(srv *Server) func(int32) bool { return srv.Cancel }),
	"pg_terminate_backend":     signalFact(func(srv *Server) func(int32) bool { return srv.Terminate }),

	// Transactions have no number before they commit.
	"pg_current_xact_id_if_assigned": fixedFact(types.Null()),

	"pg_get_userbyid": userByID,
	"pg_get_viewdef":  viewDef,
	"pg_get_expr": func(_ *Session, a types.Row) (types.Datum, error) {
		return types.NewBytes(pgcatalog.GetExpr(a[0].Str())), nil
	},
	"pg_get_constraintdef":               constraintDef,
	"pg_get_indexdef":                    indexDef,
	"pg_get_function_result":             ofFunction(pgcatalog.FunctionResult),
	"pg_get_function_arguments":          ofFunction(pgcatalog.FunctionArguments),
	"pg_get_function_identity_arguments": ofFunction(pgcatalog.FunctionIdentityArguments),
	"obj_description":                    objDescription,
	"shobj_description":                  fixedFact(types.Null()), // databases and roles take no comments
	"col_description":                    colDescription,

	// Functions have no source text, and these objects do not exist here.
	"pg_get_functiondef":              fixedFact(types.Null()),
	"pg_get_triggerdef":               fixedFact(types.Null()),
	"pg_get_ruledef":                  fixedFact(types.Null()),
	"pg_get_function_sqlbody":         fixedFact(types.Null()),
	"pg_get_partkeydef":               fixedFact(types.Null()),
	"pg_get_statisticsobjdef_columns": fixedFact(types.Null()),
	"pg_get_serial_sequence":          serialSequence,
	"pg_describe_object":              describeObject,
	"pg_tablespace_location":          fixedFact(types.NewBytes("")),
	"pg_relation_is_publishable":      fixedFact(types.NewBool(false)),

	"pg_relation_size":       sizeFact(func(z sizes) int64 { return z.rows }),
	"pg_table_size":          sizeFact(func(z sizes) int64 { return z.rows }),
	"pg_indexes_size":        sizeFact(func(z sizes) int64 { return z.indexes }),
	"pg_total_relation_size": sizeFact(sizes.total),
	"pg_database_size":       databaseSize,
	"pg_tablespace_size":     tablespaceSize,
	"pg_relation_filenode":   filenode,
	"pg_stat_get_numscans":   fixedFact(types.NewInt64(0)),

	"pg_table_is_visible": func(s *Session, a types.Row) (types.Datum, error) {
		return visibleFact(pgcatalog.TableIsVisible(s.e.Catalog(), s.path(), objectID(a[0])))
	},
	"pg_type_is_visible": func(_ *Session, a types.Row) (types.Datum, error) {
		return visibleFact(pgcatalog.TypeIsVisible(types.OID(a[0].Int())))
	},
	"pg_function_is_visible": func(_ *Session, a types.Row) (types.Datum, error) {
		return visibleFact(pgcatalog.FunctionIsVisible(types.OID(a[0].Int())))
	},
	// Of these, all there are lie in pg_catalog.
	"pg_operator_is_visible":       fixedFact(types.NewBool(true)),
	"pg_opclass_is_visible":        fixedFact(types.NewBool(true)),
	"pg_opfamily_is_visible":       fixedFact(types.NewBool(true)),
	"pg_collation_is_visible":      fixedFact(types.NewBool(true)),
	"pg_conversion_is_visible":     fixedFact(types.NewBool(true)),
	"pg_ts_config_is_visible":      fixedFact(types.NewBool(true)),
	"pg_ts_dict_is_visible":        fixedFact(types.NewBool(true)),
	"pg_ts_parser_is_visible":      fixedFact(types.NewBool(true)),
	"pg_ts_template_is_visible":    fixedFact(types.NewBool(true)),
	"pg_statistics_obj_is_visible": fixedFact(types.Null()),
}

func fixedFact(d types.Datum) fact {
	return func(*Session, types.Row) (types.Datum, error) { return d, nil }
}

func textFact(f func(*Session) string) fact {
	return func(s *Session, _ types.Row) (types.Datum, error) { return types.NewBytes(f(s)), nil }
}

func textOrNull(text string, ok bool) (types.Datum, error) {
	if !ok {
		return types.Null(), nil
	}
	return types.NewBytes(text), nil
}

func visibleFact(yes, exists bool) (types.Datum, error) {
	if !exists {
		return types.Null(), nil
	}
	return types.NewBool(yes), nil
}

func objectID(d types.Datum) catalog.ID { return catalog.ID(d.Int()) }

// versionText is version(): what clients parse, PostgreSQL's number, comes first.
func versionText() string {
	return fmt.Sprintf("PostgreSQL %s on %s/%s, compiled by %s, %d-bit",
		settings.ServerVersion, runtime.GOOS, runtime.GOARCH, runtime.Version(), strconv.IntSize)
}

func startFact(*Session, types.Row) (types.Datum, error) {
	return types.NewInt64(types.TimestampFromTime(processStart)), nil
}

// txidCurrent numbers the session's transaction: transactions have no number of their own,
// so each gets one when it is asked for.
func txidCurrent(s *Session, _ types.Row) (types.Datum, error) {
	s.current()
	for s.txid == 0 {
		last := s.srv.lastTxid.Load()
		next := max(last, int64(s.e.Epochs().Last())) + 1
		if s.srv.lastTxid.CompareAndSwap(last, next) {
			s.txid = next
		}
	}
	return types.NewInt64(s.txid), nil
}

// signalFact is pg_cancel_backend or pg_terminate_backend.
func signalFact(which func(*Server) func(int32) bool) fact {
	return func(s *Session, args types.Row) (types.Datum, error) {
		pid := int32(args[0].Int())
		send := which(s.srv)
		if send == nil || !send(pid) {
			s.notice(wire.SeverityWarning, pgerr.New(pgerr.Warning, "PID %d is not a PostgreSQL server process", pid))
			return types.NewBool(false), nil
		}
		return types.NewBool(true), nil
	}
}

func userByID(s *Session, args types.Row) (types.Datum, error) {
	name, ok := s.input().UserByID(types.OID(args[0].Int()))
	if !ok {
		name = fmt.Sprintf("unknown (OID=%d)", args[0].Int())
	}
	return types.NewBytes(name), nil
}

// viewDef is pg_get_viewdef of an OID or a name.
func viewDef(s *Session, args types.Row) (types.Datum, error) {
	id := objectID(args[0])
	if args[0].Kind == types.KindBytes {
		oid, found, err := s.LookupReg(types.RegClass, args[0].Str())
		if err != nil {
			return types.Null(), err
		}
		if !found {
			return types.Null(), pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", args[0].Str())
		}
		id = catalog.ID(oid)
	}
	def, ok := pgcatalog.ViewDef(s.e.Catalog(), id)
	return textOrNull(def, ok)
}

func constraintDef(s *Session, args types.Row) (types.Datum, error) {
	pretty := len(args) > 1 && args[1].Bool()
	return textOrNull(pgcatalog.ConstraintDef(s.e.Catalog(), objectID(args[0]), pretty))
}

func indexDef(s *Session, args types.Row) (types.Datum, error) {
	column := 0
	if len(args) > 1 {
		column = int(args[1].Int())
	}
	return textOrNull(pgcatalog.IndexDef(s.e.Catalog(), objectID(args[0]), column))
}

func ofFunction(f func(types.OID) (string, bool)) fact {
	return func(_ *Session, args types.Row) (types.Datum, error) { return textOrNull(f(types.OID(args[0].Int()))) }
}

func objDescription(s *Session, args types.Row) (types.Datum, error) {
	name := ""
	if len(args) > 1 {
		name = args[1].Str()
	}
	return textOrNull(pgcatalog.ObjDescription(s.e.Catalog(), objectID(args[0]), name))
}

func colDescription(s *Session, args types.Row) (types.Datum, error) {
	return textOrNull(pgcatalog.ColDescription(s.e.Catalog(), objectID(args[0]), int16(args[1].Int())))
}

// serialSequence is pg_get_serial_sequence: no column has a sequence, but the column must
// exist.
func serialSequence(s *Session, args types.Row) (types.Datum, error) {
	oid, found, err := s.LookupReg(types.RegClass, args[0].Str())
	if err != nil {
		return types.Null(), err
	}
	rel, ok := s.e.Catalog().ByID(catalog.ID(oid))
	if !found || !ok {
		return types.Null(), pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", args[0].Str())
	}
	for _, p := range rel.Live() {
		if rel.Columns[p].Name == args[1].Str() {
			return types.Null(), nil
		}
	}
	return types.Null(), pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", args[1].Str(), rel.Name)
}

// describeObject is pg_describe_object of relations, indexes, their columns and schemas.
func describeObject(s *Session, args types.Row) (types.Datum, error) {
	snap, id, column := s.e.Catalog(), objectID(args[1]), int16(args[2].Int())
	if r, ok := snap.ByID(id); ok {
		name := snap.Describe(s.path(), r)
		for _, c := range r.Columns {
			if column != 0 && c.AttNum == column {
				return types.NewBytes("column " + c.Name + " of " + name), nil
			}
		}
		return types.NewBytes(name), nil
	}
	if _, u, ok := snap.IndexByID(id); ok {
		return types.NewBytes("index " + catalog.QuoteIdent(u.Name)), nil
	}
	if n, ok := snap.SchemaByID(id); ok {
		return types.NewBytes("schema " + n.Name), nil
	}
	return types.Null(), nil
}

// filenode is the relation's id where the relation keeps rows.
func filenode(s *Session, args types.Row) (types.Datum, error) {
	id := objectID(args[0])
	if contentsOf(s.e.Relation(id)) == nil {
		if _, _, ok := s.e.Catalog().IndexByID(id); !ok {
			return types.Null(), nil
		}
	}
	return args[0], nil
}
