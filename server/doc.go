// Package server puts the parts together: it opens the engine, listens, hands connections
// to sessions, and ends in order.
//
// The path of a statement, from bytes to bytes:
//
//	wire.Server            frames → calls
//	session.Session        text → compiled statement (sql.Parse, planner), parameters
//	engine.Engine          one epoch for all reads; transactions; DDL
//	exec                   operators over weighted batches
//	wire.ResultWriter      batches → frames
package server
