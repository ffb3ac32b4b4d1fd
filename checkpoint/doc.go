// Package checkpoint makes epochs durable: a barrier goes through all dataflows, every
// participant hands over what changed since the last checkpoint and goes on, and in the
// background one atomic commit writes all of it.
//
// A checkpoint's life:
//
//	begun → gathering → syncing → committing → done
//	          │            │          │
//	          │            │          └ failed: tried again until it succeeds
//	          │            └ the commit log is made durable up to the epoch
//	          └ late: a participant has not answered within the timeout; it is named, the
//	            failure is counted, and the checkpoint goes on waiting for it
//
// # Crash windows
//
// What a crash leaves, by the last step that was finished before it:
//
//	C1  barrier sent, participants saving   nothing of the epoch is durable: the last
//	                                        checkpoint and the log's tail are recovered
//	C2  sinks prepared                      staged output beyond the recovered epoch is
//	                                        discarded by the sink
//	C3  log synced                          as C1; acknowledged transactions are replayed
//	C4  store committed                     the new checkpoint is recovered; the log's
//	                                        record of it is written again by the next one
//	C5  checkpoint recorded in the log      as C4; sinks commit what they had prepared
//	C6  sinks committed                     committing again changes nothing
//	C7  sources released, log trimmed       nothing is left to do
package checkpoint
