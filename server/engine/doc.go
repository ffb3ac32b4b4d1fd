// Package engine is the running database beneath the sessions: the store, the catalog and
// the relations at run time, transactions, reads, DDL, checkpoints and recovery.
//
// # Locks, in the order they are taken
//
//	ddl       one DDL statement at a time; a checkpoint begins under it too, so that the
//	          catalog it saves and the log position it saves agree
//	a table's write lock, several in the order of their ids
//	the commit lock (exec.Epochs): appending a transaction to the log and applying it are
//	          one step under it, so that an epoch and a log position cut the same history
package engine
