package pgcatalog

import (
	"streamdb/catalog"
	"streamdb/types"
)

func indexRows(in *Input, w *writer) {
	w.columns(`indexrelid indrelid indnatts indnkeyatts indisunique indisprimary indimmediate indisvalid indisready
		indislive indkey indcollation indclass indoption`)
	for r := range eachClass(in) {
		for _, u := range r.Uniques {
			n := len(u.Columns)
			keys, options := make([]int16, n), make([]int16, n)
			collations, classes := make([]uint32, n), make([]uint32, n)
			for i, p := range u.Columns {
				c := r.Columns[p]
				keys[i] = c.AttNum
				collations[i], classes[i] = uint32(typeRow(c.Type).collation), uint32(opclassOf(c.Type))
			}
			w.row(u.ID, r.ID, n, n, true, u.Primary, true, true, true, true,
				vector(types.Int2, keys...), vector(types.Oid, collations...), vector(types.Oid, classes...), vector(types.Int2, options...))
		}
	}
}

func constraintRows(in *Input, w *writer) {
	w.columns(`oid conname connamespace contype convalidated conrelid conindid confupdtype confdeltype confmatchtype
		conislocal connoinherit conkey conbin`)
	for r := range eachClass(in) {
		ns := in.schemaID(r.Schema)
		for _, u := range r.Uniques {
			sort := "u"
			if u.Primary {
				sort = "p"
			}
			w.row(u.ID, u.Name, ns, sort, true, r.ID, u.ID, " ", " ", " ", true, true,
				array(types.Int2, attNums(r, u.Columns)...), nil)
		}
		for _, c := range r.Checks {
			w.row(c.ID, c.Name, ns, "c", true, r.ID, 0, " ", " ", " ", true, false,
				array(types.Int2, attNums(r, r.Mentioned(c.Expr))...), c.Expr)
		}
	}
}

func attNums(r *catalog.Relation, positions []int) []int16 {
	nums := make([]int16, len(positions))
	for i, p := range positions {
		nums[i] = r.Columns[p].AttNum
	}
	return nums
}

func opclassRows(_ *Input, w *writer) {
	w.columns("oid opcmethod opcname opcnamespace opcowner opcfamily opcintype opcdefault opckeytype")
	for f := range seedLines(opclassText) {
		w.row(seedOID(f[0]), btreeAM, f[1], 11, OwnerOID, seedOID(f[2]), seedOID(f[3]), true, seedOID(f[4]))
	}
}

func opfamilyRows(_ *Input, w *writer) {
	w.columns("oid opfmethod opfname opfnamespace opfowner")
	for f := range seedLines(opfamilyText) {
		w.row(seedOID(f[0]), btreeAM, f[1], 11, OwnerOID)
	}
}

func amRows(_ *Input, w *writer) {
	w.columns("oid amname amhandler amtype")
	w.row(heapAM, "heap", 3, "t")
	w.row(btreeAM, "btree", 330, "i")
}

func collationRows(_ *Input, w *writer) {
	w.columns("oid collname collnamespace collowner collprovider collisdeterministic collencoding collcollate collctype")
	w.row(100, "default", 11, OwnerOID, "d", true, -1, nil, nil)
	w.row(950, "C", 11, OwnerOID, "c", true, -1, "C", "C")
	w.row(951, "POSIX", 11, OwnerOID, "c", true, -1, "POSIX", "POSIX")
	w.row(12340, "ucs_basic", 11, OwnerOID, "c", true, utf8Encoding, "C", "C")
}

// utf8Encoding is PostgreSQL's number of UTF8.
const utf8Encoding = 6
