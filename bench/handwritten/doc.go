// Package handwritten says what is possible: plain Go loops that do the work of four Nexmark
// queries on the batches the engine reads, keep the state the engine has to keep, and emit
// the changes it has to emit, with no SQL, planner or operator in between. The engine's speed
// is stated as a share of theirs.
//
// A loop counts only if it is itself good. ../README.md has the figures that say so, and the
// benchmarks here (go test -bench . ./bench/handwritten) measure them anew:
//
//	q1, q2   selection vectors over typed slices, nothing copied but what is computed
//	q17      open addressing, key and accumulators in one cache line, probed in groups of
//	         256 behind prefetches; old values logged at the first touch in an epoch
//	q4       one index for both sides of the join, records in rows with the next one's
//	         number inside, the maximum in the auction's record; the same log
//
// All loops are single-threaded, handle NOT NULL columns and append-only input only, and
// know nothing of durability.
package handwritten
