// Package streamdb is the root of the module and holds no code but the tests that keep the
// tree in order: who may import whom, which library has which owner, names and budgets.
//
// ARCHITECTURE.md has the map; the program is cmd/streamdb.
package streamdb
