package connector

import (
	"context"

	"streamdb/types"
)

// Sink takes the changes of one relation, exactly once per durable epoch. The order is
// Recover once after opening, then for each checkpoint Prepare, the checkpoint's own commit
// (the point of no return), Commit. Every call may be repeated after an error or a crash.
type Sink interface {
	// Prepare makes the changes of all epochs after the last prepared one, up to and
	// including epoch, durable but unseen. Preparing an epoch again replaces it.
	Prepare(ctx context.Context, epoch types.Epoch, rows []*types.Batch) error
	// Commit shows what was prepared as epoch. Committing again does nothing.
	Commit(ctx context.Context, epoch types.Epoch) error
	// Recover shows what was prepared up to committed, the epoch of the checkpoint that
	// recovery starts from, and discards what was prepared after it.
	Recover(ctx context.Context, committed types.Epoch) error
	Close() error
}

// Stager is a sink that takes rows as they come, so that they need not be kept until the next
// checkpoint.
type Stager interface {
	// Stage takes rows of the next epoch that will be prepared, beside those Prepare gets. The
	// batch is the caller's again when it returns.
	Stage(ctx context.Context, b *types.Batch) error
}
