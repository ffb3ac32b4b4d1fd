package exec

import (
	"context"

	"streamdb/types"
)

// Clock is a relation without rows that has every epoch.
type Clock struct{ log *Changelog }

// NewClock returns a clock whose last epoch is last.
func NewClock(last types.Epoch) *Clock { return &Clock{NewChangelog(last)} }

// Changelog is the epochs.
func (c *Clock) Changelog() *Changelog { return c.log }

// Snapshot has no rows.
func (c *Clock) Snapshot(context.Context, types.Epoch, func(*types.Batch) error) error { return nil }

// CloseEpoch ends an epoch.
func (c *Clock) CloseEpoch(br Barrier) { c.log.Close(br) }
