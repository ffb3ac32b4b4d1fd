package oracle

import (
	"math/rand/v2"
	"strings"
)

// Base is a scalar SQL type without its modifiers.
type Base string

// The scalar types.
const (
	Bool        Base = "boolean"
	Int2        Base = "smallint"
	Int4        Base = "integer"
	Int8        Base = "bigint"
	Float4      Base = "real"
	Float8      Base = "double precision"
	Numeric     Base = "numeric"
	Text        Base = "text"
	Varchar     Base = "varchar"
	Char        Base = "char"
	Bytea       Base = "bytea"
	Date        Base = "date"
	Time        Base = "time"
	Timestamp   Base = "timestamp"
	Timestamptz Base = "timestamptz"
	Interval    Base = "interval"
	UUID        Base = "uuid"
	JSONB       Base = "jsonb"

	// JSON has no equality. No column has it.
	JSON Base = "json"

	// Record is the type of rows as values. No column has it.
	Record Base = "record"
)

func allBases() []Base {
	return []Base{
		Bool, Int2, Int4, Int8, Float4, Float8, Numeric, Text, Varchar, Char, Bytea,
		Date, Time, Timestamp, Timestamptz, Interval, UUID, JSONB,
	}
}

// Kind is the type of an expression: a scalar, or a one-dimensional array.
type Kind struct {
	Base  Base
	Array bool
}

func scalar(b Base) Kind  { return Kind{Base: b} }
func arrayOf(b Base) Kind { return Kind{Base: b, Array: true} }

func (k Kind) String() string {
	if k.Array {
		return string(k.Base) + "[]"
	}
	return string(k.Base)
}

// castName is the type's name in a cast. A bare char would mean char(1).
func (k Kind) castName() string {
	name := k.String()
	if k.Base == Char {
		name = strings.Replace(name, "char", "bpchar", 1)
	}
	return name
}

// manyFaced tells whether equal values may print differently.
func (k Kind) manyFaced() bool {
	switch k.Base {
	case Numeric, Float4, Float8, Interval, Char:
		return true
	}
	return false
}

// groupable tells whether values may be grouped: equal values either print
// the same or have a normal form.
func (k Kind) groupable() bool { return k.Base != JSON && (!k.Array || !k.manyFaced()) }

// canonical brings equal values to one printed form.
func canonical(e *Expr) *Expr {
	form := ""
	switch e.Kind {
	case scalar(Numeric):
		form = "trim_scale($1)"
	case scalar(Float4):
		form = "($1 + '0'::real)"
	case scalar(Float8):
		form = "($1 + '0'::double precision)"
	case scalar(Interval):
		form = "justify_interval($1)"
	case scalar(Char):
		form = "CAST(CAST($1 AS text) AS bpchar)" // without the blanks at the end
	default:
		return e
	}
	return &Expr{Kind: e.Kind, Form: form, Kids: []*Expr{e}, Fixed: true}
}

// columnType is a random declaration for a column of a kind.
func columnType(r *rand.Rand, k Kind) string {
	name := string(k.Base)
	switch k.Base {
	case Numeric:
		name = pick(r, "numeric", "numeric(12,2)", "numeric(10,4)")
	case Varchar:
		name = pick(r, "varchar(12)", "varchar(20)", "varchar")
	case Char:
		name = pick(r, "char(4)", "char(12)")
	}
	if k.Array {
		name += "[]"
	}
	return name
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// chance is true in n of 100 cases.
func chance(r *rand.Rand, n int) bool { return r.IntN(100) < n }
