// Package exec runs plans: operators over weighted batches, changelogs between relations,
// epochs and barriers, the running dataflow of a view, and the one-epoch run of an ad-hoc
// query.
//
// Every operator obeys one law: integrate(op(deltas)) == batch_op(integrate(deltas)).
//
//	Coordinator   closes epochs, asks for checkpoints
//	Changelog     a relation's delta per epoch; upper, since; cursors
//	Lender        batches that a source's reader fills, and that come back
//	Spiller       moves to files what late cursors have yet to read
//	Dataflow      a view's plan, cut at its exchanges into fragments
//	Task          a fragment at one worker, one goroutine: inputs (cursors, exchange
//	              queues) → operators → queues or the output
//	Operator      Process(port, batch) … Barrier(epoch)
//	Contents      the integrated rows of a table or view, scannable at an epoch
//
// Barriers are in-band. A task that got barrier e from an input stops reading that input
// until every input delivered e; then its operators emit what e changed, and the barrier
// goes on before any later data.
package exec
