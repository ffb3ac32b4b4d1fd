// Package arrange is the working state of operators: pointer-free tables in memory, keyed
// by byte strings.
//
//	Table    key bytes → record of words with a stable id (groups of an aggregate)
//	Multiset row image → weight, rows of one key chained (sides of a join, contents)
//	Arena    the bytes of keys and rows that do not fit a record
//
// A record's id does not change while it lives, so logs of touched records (the epoch log,
// the dirty set) hold ids. Nothing here is safe for concurrent use.
package arrange
