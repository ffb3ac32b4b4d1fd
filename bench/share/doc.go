// Package share measures which share of the possible speed the engine reaches: the loops of
// package handwritten against the engine's own dataflow of the same query, over the same
// batches with barriers at the same places, in turns (A B A B …) and in one process. The
// engine's side is the statement's text through parser, planner and [exec.Dataflow] with one
// worker, into an output that counts rows. Neither side makes events or takes checkpoints.
package share
