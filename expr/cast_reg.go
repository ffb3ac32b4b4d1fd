package expr

import (
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// parseReg reads a regclass, regtype and the like: a number, or a name to be looked up.
func (c *Ctx) parseReg(t types.Type, s string) (types.Datum, error) {
	if s == "-" {
		return int8d(0), nil
	}
	if v, err := strconv.ParseUint(s, 10, 32); err == nil {
		return int8d(int64(v)), nil
	}
	oid, found, err := c.lookupReg(t, s)
	if err == nil && !found {
		err = noReg(t, s)
	}
	return int8d(oid), err
}

// lookupReg finds an object by name: types here, the rest in the session.
func (c *Ctx) lookupReg(t types.Type, s string) (oid int64, found bool, err error) {
	if t.OID == types.RegType.OID {
		if ty, ok := TypeBySQLName(s); ok {
			return int64(ty.OID), true, nil
		}
	}
	if c.Session == nil {
		if t.OID == types.RegType.OID {
			return 0, false, nil
		}
		return 0, false, refuseInView(t.String())
	}
	return c.Session.LookupReg(t, s)
}

func noReg(t types.Type, s string) error {
	switch t.OID {
	case types.RegClass.OID:
		return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", s)
	case types.RegType.OID:
		return pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", s)
	case types.RegNS.OID:
		return pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", s)
	case types.RegOperator.OID:
		return pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s", s)
	case types.RegRole.OID:
		return pgerr.New(pgerr.UndefinedObject, "role \"%s\" does not exist", s)
	}
	return pgerr.New(pgerr.UndefinedFunction, "function \"%s\" does not exist", s)
}

// regText writes a reg value: the object's name, or its number if there is none.
func (c *Ctx) regText(t types.Type, oid int64) string {
	if oid == 0 && t != types.RegOperator {
		return "-"
	}
	if t.OID == types.RegType.OID {
		if ty, ok := types.TypeByOID(types.OID(oid)); ok {
			return ty.String()
		}
	}
	if c.Session != nil {
		if name, ok := c.Session.RegName(t, oid); ok {
			return name
		}
	}
	return strconv.FormatInt(oid, 10)
}

// TypeBySQLName finds a type by its internal or SQL name, arrays by a trailing [].
func TypeBySQLName(s string) (types.Type, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(s, "pg_catalog.")
	if base, ok := strings.CutSuffix(s, "[]"); ok {
		t, ok := TypeBySQLName(base)
		if !ok {
			return t, false
		}
		return t.ArrayType()
	}
	if s == "char" {
		return types.BPChar, true // the type "char" needs its quotes
	}
	s = strings.Trim(s, `"`)
	if t, ok := types.TypeByName(s); ok {
		return t, true
	}
	aliases := map[string]types.Type{
		"int": types.Int4, "float": types.Float8, "decimal": types.NumericT, "dec": types.NumericT, "time": types.Time,
		"timestamp": types.Timestamp, "character varying": types.VarChar,
	}
	if t, ok := aliases[s]; ok {
		return t, true
	}
	for _, i := range types.All() {
		if i.SQLName == s {
			return types.TypeByOID(i.OID)
		}
	}
	return types.Type{}, false
}
