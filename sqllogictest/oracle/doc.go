// Package oracle compares a server with PostgreSQL 15 on random input.
//
// Every round makes a random schema, a stream of changes and a set of random
// queries, applies the changes to both servers, and after every few changes
// asks both for every query: PostgreSQL as it stands, the server under test
// (SUT) as it stands, through a view created before the data, through one
// created after it, and through these views after a kill and restart. The
// answers must be equal as multisets of text rows.
//
// Everything follows from the seed. Queries are typed trees (Query, Expr), so
// a difference is reduced to a small case by replacing nodes by their children
// or by constants, and by leaving out changes and rows; the case is printed as
// a sqllogictest file.
//
// Queries are made so that PostgreSQL defines their answer:
//
//   - no volatile functions; LIMIT only ad hoc and under a total order;
//   - array_agg, string_agg and ARRAY() have a total order;
//   - where equal values may look different (1.0 and 1.00, -0 and 0, '1 mon'
//     and '30 days') and grouping or DISTINCT picks one, the value is shown in
//     a normal form (canonical);
//   - sums and averages of floats, and functions of the C mathematics library,
//     stand only in the outermost select list, where they are compared with a
//     tolerance: 1e-9 for double precision and 1e-3 for real, relative to the
//     larger value or 1;
//   - expressions that may raise an error stand only in the outermost select
//     list, where every plan evaluates them for the same rows.
//
// A statement that fails must fail on both sides, with a SQLSTATE of the same
// class. A query that fails on PostgreSQL must fail on the SUT ad hoc, and
// leave errors in the SUT's error relation as a view until it fails no more. An
// error PostgreSQL meets while it plans, in constants that no row may need, is
// not asked of the SUT. A refusal (0A000) is
// counted and is no difference.
package oracle
