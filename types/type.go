package types

import "fmt"

// OID is a PostgreSQL object identifier of a type.
type OID uint32

// Kind is how values of a type lie in memory. KindNull, the zero Kind, marks a NULL Datum.
type Kind uint8

// The physical kinds.
const (
	KindNull     Kind = iota
	KindBool          // one byte, 0 or 1
	KindInt16         // int16
	KindInt32         // int32; date: days since 2000-01-01
	KindInt64         // int64; time: µs since midnight; timestamp, timestamptz: µs since 2000-01-01 (UTC); oid and friends
	KindFloat32       // float32
	KindFloat64       // float64
	KindNumeric       // Dec, 16 bytes, long values in Data
	KindInterval      // Interval, 16 bytes
	KindUUID          // [16]byte
	KindBytes         // offsets + bytes: text, varchar, bpchar, name, bytea, json, jsonb (canonical text), arrays (see array.go), records (see record.go)
)

// Width is the number of bytes a fixed-width kind takes per value; 0 for KindBytes.
func (k Kind) Width() int { return int(kindWidth[k]) }

var kindWidth = [...]uint8{
	KindNull: 0, KindBool: 1, KindInt16: 2, KindInt32: 4, KindInt64: 8, KindFloat32: 4, KindFloat64: 8,
	KindNumeric: 16, KindInterval: 16, KindUUID: 16, KindBytes: 0,
}

// Type is a SQL type: its OID and type modifier (−1 = none), as PostgreSQL's atttypmod.
// Types are compared with ==; compare OIDs where the modifier does not matter.
type Type struct {
	OID OID
	Mod int32
}

// The types themselves, without modifier.
var (
	Bool         = Type{16, -1}
	Bytea        = Type{17, -1}
	Char         = Type{18, -1} // "char"
	Name         = Type{19, -1}
	Int8         = Type{20, -1}
	Int2         = Type{21, -1}
	Int2Vector   = Type{22, -1}
	Int4         = Type{23, -1}
	RegProc      = Type{24, -1}
	Text         = Type{25, -1}
	Oid          = Type{26, -1}
	TID          = Type{27, -1}
	XID          = Type{28, -1}
	OidVector    = Type{30, -1}
	JSON         = Type{114, -1}
	PgNodeTree   = Type{194, -1}
	Float4       = Type{700, -1}
	Float8       = Type{701, -1}
	Unknown      = Type{705, -1}
	ACLItem      = Type{1033, -1}
	BPChar       = Type{1042, -1}
	VarChar      = Type{1043, -1}
	Date         = Type{1082, -1}
	Time         = Type{1083, -1}
	Timestamp    = Type{1114, -1}
	TimestampTZ  = Type{1184, -1}
	IntervalT    = Type{1186, -1}
	NumericT     = Type{1700, -1}
	RegClass     = Type{2205, -1}
	RegType      = Type{2206, -1}
	Record       = Type{2249, -1}
	Any          = Type{2276, -1}
	AnyArray     = Type{2277, -1}
	Void         = Type{2278, -1}
	AnyElement   = Type{2283, -1}
	UUID         = Type{2950, -1}
	JSONB        = Type{3802, -1}
	RegProcedure = Type{2202, -1}
	RegOperator  = Type{2204, -1}
	RegNS        = Type{4089, -1} // regnamespace
	RegRole      = Type{4096, -1}
)

// Info is one row of the type table, after pg_type.
type Info struct {
	OID       OID
	Name      string // pg_type.typname
	SQLName   string // format_type's spelling
	Kind      Kind
	Len       int16 // pg_type.typlen
	Category  byte  // pg_type.typcategory
	Preferred bool  // pg_type.typispreferred
	Array     OID   // the array type over this one, 0 if none
	Elem      OID   // the element type of an array type or vector, else 0
	Pseudo    bool
}

// Info returns the type's row of the type table, or a row named "???" for an unknown OID.
func (t Type) Info() *Info {
	if i, ok := byOID[t.OID]; ok {
		return i
	}
	return &Info{OID: t.OID, Name: "???", SQLName: "???", Kind: KindBytes, Len: -1, Category: 'X'}
}

// Kind is the type's physical kind.
func (t Type) Kind() Kind { return t.Info().Kind }

// Base is the type without its modifier.
func (t Type) Base() Type { return Type{t.OID, -1} }

// IsArray reports whether t is an array type (not a vector such as int2vector).
func (t Type) IsArray() bool { return t.Info().Category == 'A' && !t.Info().Pseudo }

// ElemType is the element type of an array; the zero Type for others. It keeps the modifier.
func (t Type) ElemType() Type {
	if e := t.Info().Elem; e != 0 {
		return Type{e, t.Mod}
	}
	return Type{}
}

// ArrayType is the array type over t; ok is false where PostgreSQL has none.
func (t Type) ArrayType() (Type, bool) {
	a := t.Info().Array
	return Type{a, t.Mod}, a != 0
}

// String is format_type(t): the name PostgreSQL's messages use, modifier included.
func (t Type) String() string {
	i := t.Info()
	if t.IsArray() {
		return t.ElemType().String() + "[]"
	}
	if t.Mod < 0 {
		return i.SQLName
	}
	switch t.OID {
	case NumericT.OID:
		return fmt.Sprintf("numeric(%d,%d)", t.Precision(), t.Scale())
	case BPChar.OID, VarChar.OID:
		return fmt.Sprintf("%s(%d)", i.SQLName, t.Mod-4)
	case Time.OID:
		return fmt.Sprintf("time(%d) without time zone", t.Mod)
	case Timestamp.OID:
		return fmt.Sprintf("timestamp(%d) without time zone", t.Mod)
	case TimestampTZ.OID:
		return fmt.Sprintf("timestamp(%d) with time zone", t.Mod)
	case IntervalT.OID:
		return i.SQLName + intervalModText(t.Mod)
	}
	return i.SQLName
}

// NumericType is numeric(precision, scale).
func NumericType(precision, scale int) Type {
	return Type{NumericT.OID, int32(precision<<16|scale&0x7ff) + 4}
}

// Precision is p of numeric(p,s); 0 without modifier.
func (t Type) Precision() int {
	if t.Mod < 4 {
		return 0
	}
	return int((t.Mod - 4) >> 16 & 0xffff)
}

// Scale is s of numeric(p,s), which may be negative; 0 without modifier.
func (t Type) Scale() int {
	if t.Mod < 4 {
		return 0
	}
	return int((((t.Mod - 4) & 0x7ff) ^ 1024) - 1024)
}

// TypeByOID looks a type up by OID.
func TypeByOID(oid OID) (Type, bool) {
	_, ok := byOID[oid]
	return Type{oid, -1}, ok
}

// TypeByName looks a type up by its internal name (pg_type.typname): int4, not integer.
func TypeByName(name string) (Type, bool) {
	i, ok := byName[name]
	if !ok {
		return Type{}, false
	}
	return Type{i.OID, -1}, true
}

// All lists the type table in OID order.
func All() []*Info { return all }
