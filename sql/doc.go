// Package sql turns text into syntax: [Parse] is its only door.
//
// Plain PostgreSQL goes through pg_query (PostgreSQL's own grammar); its tree stops here
// and is converted into this package's sealed [Statement], [Expr] and [TableRef]. The
// streaming dialect (CREATE SOURCE, CREATE SINK, WATERMARK FOR, FORMAT … ENCODE …, SHOW …)
// is read from pg_query's scanner tokens by a small recursive-descent parser, which blanks
// the dialect's clauses with spaces of equal length and hands what is left to pg_query, so
// that every offset stays exact.
//
//	text --guard--> tokens --split--> statements --+-- dialect parser --+--> Statement
//	                                               +---- pg_query ------+
//
// The tree is untyped and unresolved: constants are text with a kind, names are as written
// (unquoted names folded to lower case), and nothing is looked up.
package sql
