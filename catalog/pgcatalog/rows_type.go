package pgcatalog

import (
	"streamdb/types"
)

func typeRows(_ *Input, w *writer) {
	w.columns(`oid typname typnamespace typowner typlen typbyval typtype typcategory typispreferred typisdefined typdelim
		typsubscript typelem typarray typinput typoutput typreceive typsend typmodin typmodout typanalyze typalign typstorage
		typtypmod typcollation`)
	for _, t := range seedTypes() {
		p := t.procs
		w.row(t.oid, t.name, 11, OwnerOID, t.length, t.byVal, t.typtype, t.category, t.preferred, true, t.delim,
			p[0], t.elem, t.array, p[1], p[2], p[3], p[4], p[5], p[6], p[7], t.align, t.storage, -1, t.collation)
	}
}

func castRows(_ *Input, w *writer) {
	w.columns("oid castsource casttarget castfunc castcontext castmethod")
	oid := types.OID(11000)
	for f := range seedLines(castText) {
		w.row(oid, seedOID(f[0]), seedOID(f[1]), seedOID(f[2]), f[3], f[4])
		oid++
	}
}

// FormatType is format_type: the SQL name of a type. hasMod tells format_type(t, -1) from
// format_type(t, NULL), which differ for character.
func FormatType(oid types.OID, mod int32, hasMod bool) string {
	if oid == 0 {
		return "-"
	}
	if !hasMod {
		mod = -1
	}
	if _, ok := types.TypeByOID(oid); !ok {
		if t, ok := seedTypeByOID()[oid]; ok {
			return t.name
		}
		return "???"
	}
	t := types.Type{OID: oid, Mod: mod}
	base, suffix := t, ""
	if t.IsArray() {
		base, suffix = t.ElemType(), "[]"
	}
	if base.OID == types.BPChar.OID && hasMod && mod < 0 {
		return "bpchar" + suffix
	}
	return t.String()
}
