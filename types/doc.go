// Package types holds what every other package speaks in: SQL types with their PostgreSQL
// OIDs, single values ([Datum]), columns ([Vec]), weighted batches ([Batch]), epochs, and
// the text, binary, key and image encodings of a value.
//
// # Two equalities
//
// SQL equality (1.0 = 1.00, −0 = 0, '1 mon' = '30 days') decides grouping, joining and
// keys: two values are SQL-equal exactly when [AppendKey] gives them the same bytes.
// Image equality decides consolidation and storage: two values are image-equal exactly
// when their Datums are == and [AppendImage] gives them the same bytes.
//
// # Layout
//
// A Vec lies in memory as Arrow lays out an array: a validity bitmap (least significant
// bit first, nil when there are no NULLs), fixed-width values, or int32 offsets plus data
// bytes. Three things differ from Arrow and are converted at the edge: booleans are one
// byte each, so that kernels need no bit arithmetic; dates and timestamps count from
// 2000-01-01 as PostgreSQL's do, so that ranges, infinities and the binary protocol agree;
// and numeric is a 16-byte slot (see [Dec]), since SQL's scale belongs to each value.
package types
