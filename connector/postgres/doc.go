// Package postgres reads one table of a PostgreSQL server: first a snapshot, then the
// changes by logical replication (pgoutput), on one replication slot per table.
//
// # Places
//
//	0, LSN (8), rows (8)   in the snapshot that was exported at LSN; it cannot be resumed:
//	                       opening here takes a new snapshot, announced by SnapshotStart
//	1, LSN (8)             behind the transaction whose commit record ends at LSN
//
// # Life of a slot
//
// The slot is made together with the snapshot, which shows the table exactly as it was
// where the slot begins. From then on upstream keeps its log for us up to the place that
// Release confirmed, which is one that a checkpoint here made durable; so after any crash
// the changes behind the checkpoint come again. Drop removes the slot and the publication
// that was made for it. A slot that is lost or a table that was altered stops the source:
// there is no way to go on without a gap.
//
// # Transactions
//
// Upstream sends whole transactions in the order of their commits. A chunk ends at a commit;
// a transaction larger than a chunk comes in several, marked InTxn, and if the connection
// breaks inside it, what was delivered is skipped when it comes again. Columns generated
// upstream are not replicated and not part of the table here.
package postgres
