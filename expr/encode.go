package expr

import (
	"encoding/base64"
	"encoding/json"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// encodingVersion is the version of the stored form of expressions. A version that is not
// known is refused.
const encodingVersion = 1

// stored is one node of an expression as it is stored. Functions stand by signature,
// values by their image, so that a stored plan depends on neither memory layout nor
// settings.
type stored struct {
	Op      string    `json:"op"`
	Type    *[2]int64 `json:"t,omitempty"` // oid, modifier
	Kids    []*stored `json:"k,omitempty"`
	Fn      string    `json:"fn,omitempty"`
	Index   int       `json:"i,omitempty"`
	Value   string    `json:"v,omitempty"` // base64 of the image
	Flag    bool      `json:"f,omitempty"`
	Context uint8     `json:"c,omitempty"`
	Mask    []bool    `json:"m,omitempty"` // which optional operands are there
	Names   []string  `json:"n,omitempty"` // of fields
}

type envelope struct {
	Version int     `json:"version"`
	Expr    *stored `json:"expr"`
}

// Encode writes e in its stored form.
func Encode(e Expr) ([]byte, error) {
	s, err := store(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{encodingVersion, s})
}

// Decode reads what Encode wrote.
func Decode(data []byte) (Expr, error) {
	var env envelope
	if err := json.Unmarshal(data, &env); err != nil {
		return nil, badStored("it is not valid JSON")
	}
	if env.Version != encodingVersion {
		return nil, pgerr.New(pgerr.DataCorrupted, "expression encoding version %d is not known", env.Version)
	}
	return load(env.Expr)
}

func badStored(why string) error {
	return pgerr.New(pgerr.DataCorrupted, "a stored expression is damaged: %s", why)
}

func typeRef(t types.Type) *[2]int64 { return &[2]int64{int64(t.OID), int64(t.Mod)} }

func image(d types.Datum) string {
	return base64.StdEncoding.EncodeToString(types.AppendImageDatum(nil, d))
}

func storeAll(es []Expr) ([]*stored, error) {
	ss := make([]*stored, len(es))
	for i, e := range es {
		var err error
		if ss[i], err = store(e); err != nil {
			return nil, err
		}
	}
	return ss, nil
}

func store(e Expr) (*stored, error) {
	kids, err := storeAll(e.Children())
	if err != nil {
		return nil, err
	}
	s := &stored{Type: typeRef(e.Type()), Kids: kids}
	switch e := e.(type) {
	case *Col:
		s.Op, s.Index = "col", e.Index
	case *Const:
		s.Op, s.Value = "const", image(e.D)
	case *Param:
		s.Op, s.Index = "param", e.N
	case *Call:
		s.Op, s.Fn, s.Flag = "call", e.Fn.Sig(), e.Spread
	case *Cast:
		s.Op, s.Context = "cast", uint8(e.Context)
	case *And:
		s.Op = "and"
	case *Or:
		s.Op = "or"
	case *Not:
		s.Op = "not"
	case *IsNull:
		s.Op, s.Flag = "isnull", e.Negate
	case *BoolTest:
		s.Op, s.Flag, s.Value = "booltest", e.Negate, image(e.Value)
	case *DistinctFrom:
		s.Op, s.Flag, s.Fn = "distinct", e.Negate, e.Eq.Sig()
	case *Case:
		s.Op, s.Flag = "case", e.Else != nil
	case *Coalesce:
		s.Op = "coalesce"
	case *MinMax:
		s.Op, s.Flag = "minmax", e.Greatest
	case *NullIf:
		s.Op, s.Fn = "nullif", e.Eq.Sig()
	case *In:
		s.Op, s.Flag, s.Fn = "in", e.Negate, e.Eq.Sig()
	case *AnyAll:
		s.Op, s.Flag, s.Fn = "anyall", e.All, e.Op.Sig()
	case *Array:
		s.Op = "array"
	case *Row:
		s.Op, s.Names = "row", e.Names
	case *Subscript:
		s.Op = "subscript"
	case *Slice:
		s.Op, s.Mask = "slice", []bool{e.Lower != nil, e.Upper != nil}
	default:
		return nil, pgerr.Internal("%T cannot be stored", e)
	}
	return s, nil
}

func loadAll(ss []*stored) ([]Expr, error) {
	es := make([]Expr, len(ss))
	for i, s := range ss {
		var err error
		if es[i], err = load(s); err != nil {
			return nil, err
		}
	}
	return es, nil
}

// arity is how many operands each node must have; −1: one or more, −2: any number.
var arity = map[string]int{
	"col": 0, "const": 0, "param": 0, "call": -2, "cast": 1, "and": -1, "or": -1, "not": 1, "isnull": 1, "booltest": 1,
	"distinct": 2, "case": -1, "coalesce": -1, "minmax": -1, "nullif": 2, "in": -1, "anyall": 2, "array": -2, "subscript": 2,
	"slice": -1, "row": -2,
}

func load(s *stored) (Expr, error) {
	if s == nil || s.Type == nil {
		return nil, badStored("a node is missing")
	}
	want, ok := arity[s.Op]
	if !ok {
		return nil, badStored("unknown operation " + s.Op)
	}
	if (want >= 0 && len(s.Kids) != want) || (want == -1 && len(s.Kids) == 0) {
		return nil, badStored("wrong number of operands of " + s.Op)
	}
	kids, err := loadAll(s.Kids)
	if err != nil {
		return nil, err
	}
	t := types.Type{OID: types.OID(s.Type[0]), Mod: int32(s.Type[1])}
	if s.Fn != "" {
		f, ok := FuncBySig(s.Fn)
		if !ok {
			return nil, badStored("unknown function " + s.Fn)
		}
		return loadCall(s, f, kids, t)
	}
	return loadPlain(s, kids, t)
}

func loadCall(s *stored, f *Func, kids []Expr, t types.Type) (Expr, error) {
	switch s.Op {
	case "call":
		return &Call{Fn: f, Args: kids, T: t, Spread: s.Flag}, nil
	case "distinct":
		return &DistinctFrom{Eq: f, L: kids[0], R: kids[1], Negate: s.Flag}, nil
	case "nullif":
		return &NullIf{Eq: f, L: kids[0], R: kids[1], T: t}, nil
	case "in":
		return &In{Eq: f, Arg: kids[0], List: kids[1:], Negate: s.Flag}, nil
	case "anyall":
		return &AnyAll{Op: f, L: kids[0], Array: kids[1], All: s.Flag}, nil
	}
	return nil, badStored("a function where none belongs")
}

func loadPlain(s *stored, kids []Expr, t types.Type) (Expr, error) {
	switch s.Op {
	case "col":
		return &Col{Index: s.Index, T: t}, nil
	case "param":
		return &Param{N: s.Index, T: t}, nil
	case "const":
		d, err := loadImage(s.Value, t)
		return &Const{D: d, T: t}, err
	case "cast":
		return &Cast{Arg: kids[0], T: t, Context: CastContext(s.Context)}, nil
	case "and":
		return &And{Args: kids}, nil
	case "or":
		return &Or{Args: kids}, nil
	case "not":
		return &Not{Arg: kids[0]}, nil
	case "isnull":
		return &IsNull{Arg: kids[0], Negate: s.Flag}, nil
	case "booltest":
		d, err := loadImage(s.Value, types.Bool)
		return &BoolTest{Arg: kids[0], Value: d, Negate: s.Flag}, err
	case "case":
		return loadCase(s, kids, t)
	case "coalesce":
		return &Coalesce{Args: kids, T: t}, nil
	case "minmax":
		return &MinMax{Greatest: s.Flag, Args: kids, T: t}, nil
	case "array":
		return &Array{Elems: kids, T: t}, nil
	case "row":
		if len(s.Names) != len(kids) {
			return nil, badStored("wrong number of operands of row")
		}
		return &Row{Fields: kids, Names: s.Names}, nil
	case "subscript":
		return &Subscript{Arg: kids[0], Index: kids[1], T: t}, nil
	case "slice":
		return loadSlice(s, kids)
	}
	return nil, badStored("a function is missing from " + s.Op)
}

func loadImage(v string, t types.Type) (types.Datum, error) {
	b, err := base64.StdEncoding.DecodeString(v)
	if err != nil {
		return types.Datum{}, badStored("a value is not base64")
	}
	d, rest, err := types.DecodeImageDatum(b, t)
	if err == nil && len(rest) > 0 {
		err = badStored("a value is too long")
	}
	return d, err
}

func loadCase(s *stored, kids []Expr, t types.Type) (Expr, error) {
	if (len(kids)%2 == 1) != s.Flag {
		return nil, badStored("wrong number of operands of case")
	}
	c := &Case{T: t}
	if s.Flag {
		c.Else, kids = kids[len(kids)-1], kids[:len(kids)-1]
	}
	for i := 0; i < len(kids); i += 2 {
		c.Whens = append(c.Whens, When{Cond: kids[i], Then: kids[i+1]})
	}
	return c, nil
}

func loadSlice(s *stored, kids []Expr) (Expr, error) {
	x := &Slice{Arg: kids[0]}
	kids = kids[1:]
	for i, there := range s.Mask {
		if !there {
			continue
		}
		if len(kids) == 0 {
			return nil, badStored("a bound of a slice is missing")
		}
		if i == 0 {
			x.Lower = kids[0]
		} else {
			x.Upper = kids[0]
		}
		kids = kids[1:]
	}
	return x, nil
}

// storedAgg is an aggregate call as it is stored.
type storedAgg struct {
	Version  int         `json:"version"`
	Agg      string      `json:"agg"`
	Type     [2]int64    `json:"t"`
	Args     []*stored   `json:"args,omitempty"`
	Distinct bool        `json:"distinct,omitempty"`
	Order    []storedKey `json:"order,omitempty"`
	Filter   *stored     `json:"filter,omitempty"`
}

type storedKey struct {
	Expr       *stored `json:"e"`
	Desc       bool    `json:"desc,omitempty"`
	NullsFirst bool    `json:"nullsFirst,omitempty"`
}

// EncodeAgg writes an aggregate call in its stored form.
func EncodeAgg(c *AggCall) ([]byte, error) {
	args, err := storeAll(c.Args)
	if err != nil {
		return nil, err
	}
	s := storedAgg{Version: encodingVersion, Agg: c.Fn.Sig(), Type: *typeRef(c.T), Args: args, Distinct: c.Distinct}
	for _, k := range c.Order {
		e, err := store(k.Expr)
		if err != nil {
			return nil, err
		}
		s.Order = append(s.Order, storedKey{e, k.Desc, k.NullsFirst})
	}
	if c.Filter != nil {
		if s.Filter, err = store(c.Filter); err != nil {
			return nil, err
		}
	}
	return json.Marshal(s)
}

// DecodeAgg reads what EncodeAgg wrote.
func DecodeAgg(data []byte) (*AggCall, error) {
	var s storedAgg
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, badStored("it is not valid JSON")
	}
	if s.Version != encodingVersion {
		return nil, pgerr.New(pgerr.DataCorrupted, "expression encoding version %d is not known", s.Version)
	}
	fn, ok := AggBySig(s.Agg)
	if !ok {
		return nil, badStored("unknown aggregate " + s.Agg)
	}
	args, err := loadAll(s.Args)
	if err != nil {
		return nil, err
	}
	c := &AggCall{Fn: fn, Args: args, Distinct: s.Distinct, T: types.Type{OID: types.OID(s.Type[0]), Mod: int32(s.Type[1])}}
	for _, k := range s.Order {
		e, err := load(k.Expr)
		if err != nil {
			return nil, err
		}
		c.Order = append(c.Order, SortKey{Expr: e, Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	if s.Filter != nil {
		if c.Filter, err = load(s.Filter); err != nil {
			return nil, err
		}
	}
	return c, nil
}
