package pgcatalog

import (
	"streamdb/catalog"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// RegName is the text of a value of one of the reg types:
// the object's name, quoted, and qualified where the search path demands. found is false
// when there is no such object.
func RegName(in *Input, searchPath []string, t types.Type, oid int64) (name string, found bool) {
	s, id := in.Snapshot, catalog.ID(oid)
	switch t.OID {
	case types.RegClass.OID:
		return className(s, searchPath, id)
	case types.RegType.OID:
		if _, ok := seedTypeByOID()[types.OID(oid)]; ok {
			return FormatType(types.OID(oid), -1, false), true
		}
	case types.RegProc.OID:
		if p, ok := procByOID()[types.OID(oid)]; ok {
			name = catalog.QuoteIdent(p.name)
			if len(procsNamed(p.name)) > 1 {
				name = "pg_catalog." + name
			}
			return name, true
		}
	case types.RegProcedure.OID:
		if p, ok := procByOID()[types.OID(oid)]; ok {
			return catalog.QuoteIdent(p.name) + argumentList(p.args), true
		}
	case types.RegOperator.OID:
		if f, ok := operatorByOID()[types.OID(oid)]; ok {
			return f.Name + argumentList(operands(f)), true
		}
	case types.RegNS.OID:
		if n, ok := s.SchemaByID(id); ok {
			return catalog.QuoteIdent(n.Name), true
		}
	case types.RegRole.OID:
		if name, ok := in.UserByID(types.OID(oid)); ok {
			return catalog.QuoteIdent(name), true
		}
	}
	return "", false
}

func className(s *catalog.Snapshot, searchPath []string, id catalog.ID) (name string, found bool) {
	if r, ok := s.ByID(id); ok {
		return s.NameInPath(searchPath, r), true
	}
	r, u, ok := s.IndexByID(id)
	if !ok {
		return "", false
	}
	name = catalog.QuoteIdent(u.Name)
	if !s.IsVisible(searchPath, id) {
		name = catalog.QuoteIdent(r.Schema) + "." + name
	}
	return name, true
}

// LookupReg finds the object that a literal of one of the reg types names; numbers are the
// caller's. found is false when there is no such object. The errors are 42602 for what is no
// name, 3F000 for a missing schema, 42725 for a function's name that several have, 22P02 for
// what is no signature.
func LookupReg(in *Input, searchPath []string, t types.Type, text string) (oid int64, found bool, err error) {
	if t == types.RegProcedure || t == types.RegOperator {
		return lookupSignature(in, t, text)
	}
	parts, ok := catalog.SplitName(text)
	if !ok {
		return 0, false, pgerr.New(pgerr.InvalidName, "invalid name syntax")
	}
	if len(parts) > 1 && (t.OID == types.RegNS.OID || t.OID == types.RegRole.OID) {
		return 0, false, pgerr.New(pgerr.InvalidName, "invalid name syntax")
	}
	schema, name, err := in.splitSchema(parts)
	if err != nil {
		return 0, false, err
	}
	switch t.OID {
	case types.RegClass.OID:
		id, ok := in.Snapshot.LookupID(searchPath, schema, name)
		return int64(id), ok, nil
	case types.RegNS.OID:
		if n, ok := in.Snapshot.Schema(name); ok {
			return int64(n.ID), true, nil
		}
	case types.RegRole.OID:
		for _, r := range in.roles() {
			if r.name == name {
				return int64(r.oid), true, nil
			}
		}
	case types.RegType.OID:
		oid, ok := typeNamed(schema, name)
		return int64(oid), ok, nil
	case types.RegProc.OID:
		return lookupProc(schema, name)
	}
	return 0, false, nil
}

// splitSchema takes a qualified name apart; the schema must exist.
func (in *Input) splitSchema(parts []string) (schema, name string, err error) {
	switch len(parts) {
	case 1:
		return "", parts[0], nil
	case 3:
		if parts[0] != in.Database {
			return "", "", pgerr.New(pgerr.FeatureNotSupported,
				"cross-database references are not implemented: \"%s.%s.%s\"", parts[0], parts[1], parts[2])
		}
		parts = parts[1:]
	case 2:
	default:
		return "", "", pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names)")
	}
	if _, ok := in.Snapshot.Schema(parts[0]); !ok {
		return "", "", pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", parts[0])
	}
	return parts[0], parts[1], nil
}

// typeNamed finds a type by its internal name; SQL's spellings are expr's.
func typeNamed(schema, name string) (types.OID, bool) {
	if schema != "" && schema != catalog.PgCatalog {
		return 0, false
	}
	for _, t := range seedTypes() {
		if t.name == name {
			return t.oid, true
		}
	}
	return 0, false
}

func procsNamed(name string) []*proc {
	var found []*proc
	for _, p := range procs() {
		if p.name == name {
			found = append(found, p)
		}
	}
	return found
}

func lookupProc(schema, name string) (oid int64, found bool, err error) {
	ps := procsNamed(name)
	if len(ps) == 0 || schema != "" && schema != catalog.PgCatalog {
		return 0, false, nil
	}
	if len(ps) > 1 {
		return 0, false, pgerr.New(pgerr.AmbiguousFunction, "more than one function named \"%s\"", name)
	}
	return int64(ps[0].oid), true, nil
}
