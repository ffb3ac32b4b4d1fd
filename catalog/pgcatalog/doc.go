// Package pgcatalog is pg_catalog and information_schema as pure functions: from a catalog
// snapshot and a few facts of the server to rows.
//
// All relations of PostgreSQL 15 exist with its columns, OIDs and types, so that clients
// that select * or name any column of any of them work; those about features the server
// lacks are empty. Queries over them are planned and run by the server's own engine. The
// files in seed are data that PostgreSQL fixes: the relations' columns, pg_type's rows for
// our types, their input and output functions, casts, operator classes and time zones.
// Where a column's type does not exist here, its nearest stands in: domains of
// information_schema by their base type, inet, pg_lsn and statistics types by text.
//
// How objects appear: tables as relkind r, views v, materialized views m, sources f
// (foreign tables of a server named after their connector), PRIMARY KEY and UNIQUE
// constraints also as indexes; sinks, which cannot be selected from, not at all. In
// information_schema materialized views are listed as views, because tools look for them
// there.
package pgcatalog
