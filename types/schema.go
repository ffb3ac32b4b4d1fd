package types

// Column is the name and type of one column of a relation.
type Column struct {
	Name    string
	Type    Type
	NotNull bool // the planner may rely on it
}

// Schema is the columns of a relation, in order.
type Schema []Column

// Types lists the column types.
func (s Schema) Types() []Type {
	ts := make([]Type, len(s))
	for i, c := range s {
		ts[i] = c.Type
	}
	return ts
}

// Index is the position of the column with the given name, or −1.
func (s Schema) Index(name string) int {
	for i, c := range s {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// Row is one row as values, for everything that is not a hot path.
type Row []Datum

// Epoch numbers the instants at which relations change. Epoch 0 is before all data;
// numbers only grow and are never reused.
type Epoch uint64
