package sql

import (
	"fmt"
	"reflect"
	"strings"
)

// dump prints a tree: one node a line, zero fields left out. Without places it serves to
// compare trees.
func dump(v any, places bool) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(v), 0, places)
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value, depth int, places bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil\n")
			return
		}
		dumpValue(b, v.Elem(), depth, places)
	case reflect.Struct:
		dumpStruct(b, v, depth, places)
	case reflect.Slice:
		b.WriteString("\n")
		for i := range v.Len() {
			fmt.Fprintf(b, "%s- ", strings.Repeat("  ", depth))
			dumpValue(b, v.Index(i), depth+1, places)
		}
	case reflect.String:
		fmt.Fprintf(b, "%q\n", v.String())
	default:
		fmt.Fprintf(b, "%v\n", v)
	}
}

func dumpStruct(b *strings.Builder, v reflect.Value, depth int, places bool) {
	t := v.Type()
	b.WriteString(t.Name())
	if pos := v.FieldByName("Pos"); places && pos.IsValid() && pos.Int() >= 0 {
		fmt.Fprintf(b, " @%d", pos.Int())
	}
	b.WriteString("\n")
	for i := range t.NumField() {
		f := v.Field(i)
		name := t.Field(i).Name
		if name == "Pos" || name == "stmt" && !places || f.IsZero() {
			continue
		}
		if name == "stmt" {
			src := f.FieldByName("source")
			if src.FieldByName("Text").String() != "" {
				fmt.Fprintf(b, "%ssource: %q @%d\n", strings.Repeat("  ", depth+1), src.FieldByName("Text").String(), src.FieldByName("Offset").Int())
			}
			continue
		}
		fmt.Fprintf(b, "%s%s: ", strings.Repeat("  ", depth+1), name)
		dumpValue(b, f, depth+2, places)
	}
}
