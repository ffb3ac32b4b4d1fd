package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types"
)

// openOn opens an engine over a crashable file system; checkpoints are taken on demand.
func openOn(t *testing.T, fs *state.CrashFS) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Config{
		Dir: "db", Open: state.OpenOptions{FS: fs, DiskReserve: -1},
		CheckpointInterval: -1, EpochInterval: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// addTable makes a table of one integer.
func addTable(t *testing.T, e *engine.Engine, name string) catalog.ID {
	t.Helper()
	after, err := e.Change(context.Background(), func(*catalog.Snapshot) (catalog.Change, error) {
		return &catalog.CreateRelation{Relation: &catalog.Relation{
			Schema: "public", Name: name, Kind: catalog.Table,
			Columns: []catalog.Column{{Name: "a", Type: types.Int8, AttNum: 1}},
		}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := find(after, name)
	if r == nil {
		t.Fatalf("table %s is not there", name)
	}
	return r.ID
}

func find(s *catalog.Snapshot, name string) *catalog.Relation {
	for _, r := range s.UserRelations() {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// addRow commits one row and returns its epoch.
func addRow(t *testing.T, e *engine.Engine, id catalog.ID, v int64) types.Epoch {
	t.Helper()
	ctx := context.Background()
	txn := e.Begin(false, 0)
	defer txn.Rollback()
	desc, _ := e.Catalog().ByID(id)
	r, err := txn.Target(ctx, desc, false)
	if err != nil {
		t.Fatal(err)
	}
	b := types.NewBatch([]types.Type{types.Int8}, 1)
	b.AppendRow(types.Row{types.NewInt64(v)}, 1)
	if err := txn.Change(ctx, r, b); err != nil {
		t.Fatal(err)
	}
	epoch, err := txn.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

// TestAnsweredSurvivesPowerCut cuts the power right after each answer, with nothing left of
// what was not synced: tables made, tables dropped and rows written are as answered.
func TestAnsweredSurvivesPowerCut(t *testing.T) {
	fs := state.NewCrashFS()
	e := openOn(t, fs)
	kept := addTable(t, e, "kept")
	for i := range int64(40) {
		name := fmt.Sprintf("t%d", i)
		id := addTable(t, e, name)
		after := openOn(t, state.CrashClone(fs, 0, nil))
		if find(after.Catalog(), name) == nil {
			t.Fatalf("CREATE TABLE %s was answered, and is lost", name)
		}
		addRow(t, e, kept, i)
		after = openOn(t, state.CrashClone(fs, 0, nil))
		if n := after.Relation(kept).Table.Contents.Rows(); n != i+1 {
			t.Fatalf("%d rows were committed, %d are there", i+1, n)
		}
		if i%2 == 0 {
			continue
		}
		_, err := e.Change(context.Background(), func(*catalog.Snapshot) (catalog.Change, error) {
			return &catalog.DropRelations{IDs: []catalog.ID{id}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		after = openOn(t, state.CrashClone(fs, 0, nil))
		if find(after.Catalog(), name) != nil {
			t.Fatalf("DROP TABLE %s was answered, and it is back", name)
		}
		if i%10 == 9 {
			if err := e.Checkpoint(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestEpochNumbersAreNeverReused: epochs that ended before a crash and did not become durable
// never existed; what comes later has other numbers.
func TestEpochNumbersAreNeverReused(t *testing.T) {
	fs := state.NewCrashFS()
	var newest types.Epoch
	for round := range 5 {
		e := openOn(t, fs)
		if got := e.Epochs().Last(); got < newest {
			t.Fatalf("epoch %d had been given; after the crash the last one is %d", newest, got)
		}
		id := catalog.ID(0)
		if r := find(e.Catalog(), "t"); r != nil {
			id = r.ID
		} else {
			id = addTable(t, e, "t")
		}
		for i := range int64(3) {
			epoch := addRow(t, e, id, i)
			if epoch <= newest {
				t.Fatalf("epoch %d is given again: %d", newest, epoch)
			}
			at, err := e.Epochs().Closed()
			if err != nil {
				t.Fatal(err)
			}
			newest = at
			if round%2 == 1 && i == 0 {
				if err := e.Checkpoint(context.Background()); err != nil {
					t.Fatal(err)
				}
				newest = e.Epochs().Last()
			}
		}
		fs = state.CrashClone(fs, 0, nil)
	}
}
