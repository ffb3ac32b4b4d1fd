// Package sqllogictest runs files of SQL statements and expected results
// against any server that speaks the PostgreSQL protocol.
//
// # The files
//
// A file is a list of records separated by empty lines; a line that starts
// with # between records is a comment. The dialect is the classic one:
//
//	statement ok
//	statement count N                 the command tag must count N rows
//	statement error [pattern]
//	query TYPES [nosort|rowsort|valuesort] [label]
//	query error [pattern]
//	skipif ENGINE                     leaves the next record out on ENGINE
//	onlyif ENGINE                     ... on every other engine
//	hash-threshold N                  -rewrite hashes longer results
//	subtest NAME                      names the records that follow
//	include GLOB                      the records of other files, here
//	halt                              ends the file
//
// The SQL follows on the lines after statement or query. A query's expected
// rows follow a line "----". TYPES has one letter per result column (T text,
// I integer, R real or numeric, B boolean); only their number is checked.
// Queries with the same label must have the same result. A pattern is a
// regular expression the error's text must match, a SQLSTATE in parentheses,
// or both: "statement error (22012) division by zero".
//
// Three words are this package's own:
//
//	adhoc-only                        leaves the next record out of the view modes
//	connection NAME                   runs the next record on a connection of its own
//	restart                           kills the server (-9) and starts it again
//
// There is no sleep and no retry: a statement that returned has happened.
//
// # Values
//
// A row is one line, its values separated by tabs. A list with one value per
// line, as older files have it, and rows whose values are separated by blanks,
// as newer ones have it, are read too. NULL is NULL, an empty string is
// (empty), everything else is the text the server sent, in which a newline
// reads \n, a tab \t, and a final blank \s. "30 values hashing to ..." stands
// for the MD5 of the values, each followed by a newline.
//
// # The modes
//
// The same file runs in four modes, which must agree: each query as it stands
// (Adhoc), and as a materialized view that was created before the data it
// reads (ViewBefore), just before it is read (ViewAfter), or before the data
// with kills and restarts of the server in between (ViewRestart).
//
// In a view mode every query is a view of its own, created with explicit
// column names and read with SELECT *. The order of a view's rows means
// nothing, so rows are compared sorted. Some records run as they stand in
// every mode and are counted as ad hoc: those that expect an error, are marked
// adhoc-only, are inside a transaction block, are no plain SELECT, VALUES,
// TABLE or WITH, use LIMIT, row locks, window functions or volatile or
// session-dependent functions, read the system catalogs, or have a hashed
// result whose order counts.
//
// A view is created as early as it can be: after the first DDL statement that
// makes its query valid, but not before the last SET that precedes its record.
// Views are dropped before any DROP, ALTER or CREATE OR REPLACE and created
// again after it. A view that is refused with 0A000 fails its record unless
// the record is marked adhoc-only; refusals are counted apart.
package sqllogictest
