package pgcatalog

import (
	"strconv"

	"streamdb/catalog"
	"streamdb/types"
)

func infoColumnRows(in *Input, w *writer) {
	w.columns(`table_catalog table_schema table_name column_name ordinal_position column_default is_nullable data_type
		character_maximum_length character_octet_length numeric_precision numeric_precision_radix numeric_scale
		datetime_precision collation_catalog collation_schema collation_name udt_catalog udt_schema udt_name
		dtd_identifier is_self_referencing is_identity identity_cycle is_generated is_updatable`)
	for r := range eachClass(in) {
		for _, p := range r.Live() {
			c := r.Columns[p]
			l := lengthsOf(c.Type)
			w.row(in.Database, r.Schema, r.Name, c.Name, c.AttNum, orNull(c.Default), yesNo(!notNull(r, &c)), dataType(c.Type),
				l.chars, l.octets, l.precision, l.radix, l.scale, l.datetime,
				l.collated(in.Database), l.collated(catalog.PgCatalog), l.collated("C"),
				in.Database, catalog.PgCatalog, typeRow(c.Type).name, strconv.Itoa(int(c.AttNum)), "NO", "NO", "NO", "NEVER",
				yesNo(isInsertable(r)))
		}
	}
}

// dataType is a type's name in information_schema.
func dataType(t types.Type) string {
	if t.IsArray() {
		return "ARRAY"
	}
	return FormatType(t.OID, -1, false)
}

// lengths are a type's sizes as information_schema lists them; nil is NULL.
type lengths struct {
	chars, octets, precision, radix, scale, datetime any
	isName                                           bool
}

// collated is s for name, the one type whose collation is not the default.
func (l lengths) collated(s string) any {
	if l.isName {
		return s
	}
	return nil
}

func lengthsOf(t types.Type) lengths {
	const maxOctets = 1 << 30
	switch t.OID {
	case types.Int2.OID:
		return lengths{precision: 16, radix: 2, scale: 0}
	case types.Int4.OID:
		return lengths{precision: 32, radix: 2, scale: 0}
	case types.Int8.OID:
		return lengths{precision: 64, radix: 2, scale: 0}
	case types.Float4.OID:
		return lengths{precision: 24, radix: 2}
	case types.Float8.OID:
		return lengths{precision: 53, radix: 2}
	case types.NumericT.OID:
		if t.Mod < 0 {
			return lengths{radix: 10}
		}
		return lengths{precision: t.Precision(), radix: 10, scale: t.Scale()}
	case types.Text.OID:
		return lengths{octets: maxOctets}
	case types.VarChar.OID, types.BPChar.OID:
		if t.Mod < 0 {
			return lengths{octets: maxOctets}
		}
		return lengths{chars: t.Mod - 4, octets: 4 * (t.Mod - 4)}
	case types.Date.OID:
		return lengths{datetime: 0}
	case types.Time.OID, types.Timestamp.OID, types.TimestampTZ.OID, types.IntervalT.OID:
		if t.Mod < 0 || t.OID == types.IntervalT.OID {
			return lengths{datetime: 6}
		}
		return lengths{datetime: t.Mod}
	case types.Name.OID:
		return lengths{isName: true}
	}
	return lengths{}
}

// infoElementTypeRows tells the element types of array columns.
func infoElementTypeRows(in *Input, w *writer) {
	w.columns(`object_catalog object_schema object_name object_type collection_type_identifier data_type udt_catalog
		udt_schema udt_name dtd_identifier`)
	for r, kind := range eachClass(in) {
		sort := "TABLE"
		if kind == 'v' || kind == 'm' {
			sort = "VIEW"
		}
		for _, p := range r.Live() {
			c := r.Columns[p]
			if !c.Type.IsArray() {
				continue
			}
			e := c.Type.ElemType()
			n := strconv.Itoa(int(c.AttNum))
			w.row(in.Database, r.Schema, r.Name, sort, n, dataType(e), in.Database, catalog.PgCatalog, typeRow(e).name, "a"+n)
		}
	}
}
