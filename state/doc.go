// Package state is the durable half of the engine: one commit log, and the tables as of
// the newest checkpoint. It knows keys and values as bytes, tables as numbers and no SQL.
// Working state is in memory and not here; nothing on a hot path reads this package.
//
// # A data directory
//
//	D/FORMAT   one line: the version of everything below, with a check sum
//	D/LOCK     held by the server that has D open
//	D/log/     the commit log: 0000000000000000.log, named by first position
//	D/kv/      Pebble, at its newest format
//	D/fold/    sorted tables being made; emptied at every open
//	D/spill/   changes that views have yet to read (Spill); never synced, emptied at every open
//
// # The commit log
//
// Positions (LogPos) count the bytes of records. A segment is a header and records;
// integers are little-endian, sums are xxh3-64 of what follows them.
//
//	header  +----------+---------+-----------+------------+---------+-------+
//	64 B    | magic 8  | first 8 | prevEnd 8 | prevSum 8  | zero 24 | sum 8 |  sum is of the 56 before
//	        +----------+---------+-----------+------------+---------+-------+
//	record  +-------+-------+--------+----------+-------+--------+--------+---------+
//	40 B +  | sum 8 | pos 8 | prev 8 | synced 8 | len 4 | kind 1 | zero 3 | payload |
//	        +-------+-------+--------+----------+-------+--------+--------+---------+
//
// prev is the sum of the record before, so that all records form one chain; synced is
// the position known durable when the record was written. A segment is never shortened:
// the next one's prevEnd says where its records end, and what lies behind is the cut
// tail of a crash or of a failed write. first may be beyond prevEnd: positions that were
// handed out and then refused are never used again.
//
// Bytes that are no record, at the end of the newest segment, are a torn tail unless an
// intact record behind them says (synced) that they had been durable. Anywhere else they
// are damage. What no later record vouches for yet, the last group before a power cut,
// cannot be told from a torn tail; after a clean close even that is known.
//
// A checkpoint record is the ledger: {version 1, epoch 8, tables 4, seal 16}, big-endian.
//
// # The store
//
//	[01]                                  checkpoint record: {sum, version, epoch, logPos, logSynced, tables, seal, meta}
//	[02]                                  end of the commit log at the last clean close
//	[03][table 8]                         statistics: {rows 8, bytes 8, digest 16}
//	[04][table 8][epoch 8][part 2][n 4]   delta block: {sum 8, version 1, count 4, records}
//	[05][table 8][00]                     fold watermark: blocks up to this epoch are in the rows
//	[05][table 8][01][key]                base row
//
// The digest of a table is the sum of its rows' Hashes, the seal the sum over all
// tables' statistics. A delta record is uvarint(len(key)<<1|deleted), unless deleted
// uvarint(len(val)), key, val. One epoch's changes of a table are one sorted run per part
// (a Delta each), cut into blocks.
//
// # Invariants
//
//   - S1: what Log.WaitDurable and Commit have answered nil for survives any crash.
//   - S2: what they have answered with an error for is never seen again.
//   - S3: the newest checkpoint record is never trimmed: the ledger is always there.
//   - S4: after a failed fsync nothing is acknowledged; the process ends with one line.
//   - S5: the checkpoint record, statistics, plain rows and drops of an epoch are one
//     synced batch. Blocks may go ahead in batches of their own: without the checkpoint
//     record of their epoch they mean nothing, and are deleted.
//   - S6: plain rows are written only while a table has no unfolded blocks. So blocks
//     above the watermark are newer than every base row, and among blocks the newer
//     epoch wins.
//   - S7: a fold reads only blocks of committed epochs, and its rows and its watermark
//     appear in one step; the blocks go in a later batch. One fold at a time.
//   - S8: every scan verifies rows, bytes and digest; every open verifies the seal, the
//     chain of the log and the ledger. A wrong answer is an XX001 error, never an answer.
//
// # Crash windows
//
//	C1  creating the directory         FORMAT comes last; an unfinished creation starts over
//	C2  a commit's blocks are ahead     no checkpoint record: the blocks are deleted
//	C3  the synced batch               the commit point: all of the epoch or nothing
//	C4  before the ledger record       the store is one epoch ahead; open writes the record
//	C5  fold files written             fold/ is emptied, the blocks are still there
//	C6  fold installed, blocks there   the watermark hides them; the next batch deletes them
//	C7  a group half written           a torn tail: cut off
//	C8  a new segment                  appears under its name complete, or not at all
//	C9  trimming                       oldest first, each synced: never a gap
//	C10 opening, at any step           nothing is destroyed before it is replaced: open again
//
// TestCrashAnywhere cuts the power at random file operations in all of them.
package state
