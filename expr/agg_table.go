package expr

// aggregates lists the aggregate table.
func aggregates() []*Agg { return nil }
