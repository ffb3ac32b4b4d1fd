package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// sessionSigs lists the functions whose answers the session gives through Session.Fact,
// under their names and with their arguments.
var sessionSigs = []string{
	"current_database() name", "current_catalog() name", "current_user() name", "current_role() name", "user() name",
	"session_user() name", "version() text", "pg_backend_pid() int4",
	"pg_postmaster_start_time() timestamptz", "pg_conf_load_time() timestamptz", "pg_is_in_recovery() bool",
	"inet_server_port() int4", "pg_current_xact_id_if_assigned() text", "txid_current() int8",
	"pg_get_userbyid(oid) name", "pg_get_viewdef(oid) text", "pg_get_viewdef(oid,bool) text", "pg_get_viewdef(text) text",
	"pg_get_expr(pg_node_tree,oid) text", "pg_get_expr(pg_node_tree,oid,bool) text",
	"pg_get_constraintdef(oid) text", "pg_get_constraintdef(oid,bool) text",
	"pg_get_indexdef(oid) text", "pg_get_indexdef(oid,int4,bool) text",
	"pg_get_functiondef(oid) text", "pg_get_function_result(oid) text", "pg_get_function_arguments(oid) text",
	"pg_get_function_identity_arguments(oid) text", "pg_get_triggerdef(oid) text", "pg_get_triggerdef(oid,bool) text",
	"pg_get_ruledef(oid) text", "pg_get_ruledef(oid,bool) text", "pg_get_function_sqlbody(oid) text", "pg_describe_object(oid,oid,int4) text",
	"pg_get_serial_sequence(text,text) text", "pg_get_partkeydef(oid) text", "pg_get_statisticsobjdef_columns(oid) text",
	"obj_description(oid) text", "obj_description(oid,name) text", "shobj_description(oid,name) text",
	"col_description(oid,int4) text",
	"pg_relation_size(regclass) int8", "pg_relation_size(regclass,text) int8", "pg_table_size(regclass) int8",
	"pg_total_relation_size(regclass) int8", "pg_indexes_size(regclass) int8", "pg_database_size(name) int8",
	"pg_database_size(oid) int8", "pg_tablespace_size(oid) int8", "pg_tablespace_size(name) int8", "pg_tablespace_location(oid) text", "pg_relation_is_publishable(regclass) bool",
	"pg_relation_filenode(regclass) oid", "pg_stat_get_numscans(oid) int8",
	"pg_cancel_backend(int4) bool", "pg_terminate_backend(int4) bool",
}

// visibleNames are the tests of whether an object is found without its schema.
var visibleNames = []string{
	"pg_table_is_visible", "pg_type_is_visible", "pg_function_is_visible", "pg_operator_is_visible", "pg_opclass_is_visible",
	"pg_collation_is_visible", "pg_conversion_is_visible", "pg_statistics_obj_is_visible", "pg_ts_config_is_visible",
	"pg_ts_dict_is_visible", "pg_ts_parser_is_visible", "pg_ts_template_is_visible", "pg_opfamily_is_visible",
}

// SessionFuncs lists the names that [Session.Fact] is asked for.
func SessionFuncs() []string {
	var names []string
	seen := map[string]bool{}
	for _, sig := range sessionSigs {
		if n := fn(sig, nil).Name; !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	return append(names, visibleNames...)
}

// catalogFuncs lists the system functions.
func catalogFuncs() []*Func {
	var fs []*Func
	for _, sig := range sessionSigs {
		f := fn(sig, nil)
		f.Kernel = factKernel(f.Name)
		fs = append(fs, f.stable())
	}
	for _, name := range visibleNames {
		fs = append(fs, fn(name+"(oid) bool", factKernel(name)).stable())
	}
	fs = append(fs, settingFuncs()...)
	fs = append(fs, privilegeFuncs()...)
	fs = append(fs, regFuncs()...)
	fs = append(fs, serverFuncs()...)
	return append(fs, schemaFuncs()...)
}

// factKernel asks the session, once for a call without arguments.
func factKernel(name string) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		var same types.Datum
		asked := false
		for i := range eachRow(sel, n) {
			d, err := same, error(nil)
			if !asked || len(args) > 0 {
				d, err = c.fact(name, args, i)
				same, asked = d, err == nil
			}
			if err != nil {
				c.Fail(i, err)
				d = types.Datum{}
			}
			out.Put(i, d)
		}
	}
}

func (c *Ctx) fact(name string, args []*types.Vec, i int) (types.Datum, error) {
	if c.Session == nil {
		return types.Datum{}, refuseInView(name)
	}
	row := make(types.Row, len(args))
	for k, v := range args {
		row[k] = v.Datum(i)
	}
	return c.Session.Fact(name, row)
}

// strangeType names the pseudo-types that pg_type has and no value is of.
func strangeType(oid int64) string {
	switch oid {
	case 269:
		return "table_am_handler"
	case 325:
		return "index_am_handler"
	case 2275:
		return "cstring"
	case 2279:
		return "trigger"
	case 2280:
		return "language_handler"
	case 2281:
		return "internal"
	case 3115:
		return "fdw_handler"
	case 3500:
		return "anyenum"
	case 3831:
		return "anyrange"
	case 3838:
		return "event_trigger"
	}
	return "???"
}

func settingFuncs() []*Func {
	current := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		if c.Session == nil {
			return types.Datum{}, refuseInView("current_setting")
		}
		v, ok := c.Session.Setting(a.str(0))
		switch {
		case ok:
			return str(v), nil
		case a.len() == 2 && a.boolean(1):
			return types.Datum{}, nil
		}
		return types.Datum{}, pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", a.str(0))
	})
	return []*Func{
		fn("current_setting(text) text", current).stable(),
		fn("current_setting(text,bool) text", current).stable(),
		fn("set_config(text,text,bool) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			switch {
			case a.null(0):
				return types.Datum{}, pgerr.New(pgerr.NullValueNotAllowed, "SET requires parameter name")
			case c.Session == nil:
				return types.Datum{}, refuseInView("set_config")
			}
			var err error
			if local := !a.null(2) && a.boolean(2); a.null(1) {
				err = c.Session.ResetSetting(a.str(0), local)
			} else {
				err = c.Session.SetSetting(a.str(0), a.str(1), local)
			}
			if err != nil {
				return types.Datum{}, err
			}
			v, _ := c.Session.Setting(a.str(0))
			return str(v), nil
		})).nullable().volatile(),
	}
}

// privilegeFuncs answer yes: there is one role and it may do everything.
func privilegeFuncs() []*Func {
	yes := perRow(func(*Ctx, *rowArgs) (types.Datum, error) { return boolean(true), nil })
	var fs []*Func
	for _, kind := range []string{"table", "schema", "database", "function", "type", "language", "sequence", "tablespace", "any_column"} {
		name := "has_" + kind + "_privilege"
		for _, args := range []string{"text,text", "oid,text", "name,text,text", "name,oid,text", "oid,text,text", "oid,oid,text"} {
			fs = append(fs, fn(name+"("+args+") bool", yes).stable().safe())
		}
	}
	for _, args := range []string{"text,text,text", "oid,text,text", "oid,int2,text", "text,int2,text", "name,oid,int2,text", "name,text,text,text"} {
		fs = append(fs, fn("has_column_privilege("+args+") bool", yes).stable().safe())
	}
	for _, args := range []string{"name,text", "oid,text", "name,name,text", "name,oid,text", "oid,name,text", "oid,oid,text"} {
		fs = append(fs, fn("pg_has_role("+args+") bool", yes).stable().safe())
	}
	return fs
}

func regFuncs() []*Func {
	var fs []*Func
	for _, t := range []types.Type{types.RegClass, types.RegType, types.RegProc, types.RegProcedure, types.RegOperator, types.RegNS, types.RegRole} {
		name := t.Info().Name
		fs = append(fs, fn("to_"+name+"(text) "+name, perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			oid, found, err := c.lookupReg(t, a.str(0))
			if err != nil || !found {
				return types.Datum{}, err
			}
			return int8d(oid), nil
		})).stable())
	}
	return append(
		fs,
		fn("format_type(oid,int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if a.null(0) {
				return types.Datum{}, nil
			}
			t, ok := types.TypeByOID(types.OID(a.int(0)))
			switch {
			case a.int(0) == 0:
				return str("-"), nil
			case !ok:
				return str(strangeType(a.int(0))), nil
			case !a.null(1):
				t.Mod = int32(a.int(1))
				// character is what a type without a length says, bpchar one whose length is known
				// to be none.
				switch {
				case t.Mod < 0 && t.Base() == types.BPChar:
					return str("bpchar"), nil
				case t.Mod < 0 && t.IsArray() && t.ElemType().Base() == types.BPChar:
					return str("bpchar[]"), nil
				}
			}
			return str(t.String()), nil
		})).nullable().stable().safe(),
		fn("pg_encoding_to_char(int4) name", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			switch a.int(0) {
			case 6:
				return str("UTF8"), nil
			case 0:
				return str("SQL_ASCII"), nil
			}
			return str(""), nil
		})).stable().safe(),
		fn("pg_char_to_encoding(name) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if upperText(a.str(0)) == "UTF8" {
				return int4(6), nil
			}
			return int4(-1), nil
		})).stable().safe(),
		fn("pg_client_encoding() name", instant(func(*Ctx) types.Datum { return str("UTF8") })).stable().safe(),
	)
}

func schemaFuncs() []*Func {
	path := func(c *Ctx, implicit bool) ([]string, error) {
		if c.Session == nil {
			return nil, refuseInView("current_schemas")
		}
		return c.Session.SearchPath(implicit), nil
	}
	return []*Func{
		fn("current_schema() name", perRow(func(c *Ctx, _ *rowArgs) (types.Datum, error) {
			p, err := path(c, false)
			if err != nil || len(p) == 0 {
				return types.Datum{}, err
			}
			return str(p[0]), nil
		})).stable(),
		fn("current_schemas(bool) _name", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			p, err := path(c, a.boolean(0))
			b := types.NewArrayBuilder(types.Name)
			for _, s := range p {
				b.Append(str(s))
			}
			return b.Build(), err
		})).stable(),
	}
}
