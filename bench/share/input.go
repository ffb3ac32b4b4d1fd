package share

import (
	"context"

	"streamdb/bench/handwritten"
	"streamdb/catalog"
	"streamdb/exec"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// input is a relation whose changes are there before anybody reads them.
type input struct{ log *exec.Changelog }

// Changelog has all epochs.
func (in input) Changelog() *exec.Changelog { return in.log }

// Snapshot has no rows: there was nothing before the first epoch.
func (in input) Snapshot(context.Context, types.Epoch, func(*types.Batch) error) error { return nil }

// The relations there are.
const (
	auction = catalog.FirstUserID + iota
	bid
)

// newInputs makes new changelogs over the batches, which are shared.
func newInputs(epochs []handwritten.Epoch) map[catalog.ID]exec.Relation {
	auctions, bids := exec.NewChangelog(0), exec.NewChangelog(0)
	for i, e := range epochs {
		for _, b := range e.Auctions {
			auctions.Append(b)
		}
		for _, b := range e.Bids {
			bids.Append(b)
		}
		br := exec.Barrier{Epoch: types.Epoch(i) + 1}
		auctions.Close(br)
		bids.Close(br)
	}
	return map[catalog.ID]exec.Relation{auction: input{auctions}, bid: input{bids}}
}

// resolver knows auction and bid as sources.
type resolver map[string]*catalog.Relation

func newResolver() (resolver, error) {
	auctions, bids, err := handwritten.Schemas()
	if err != nil {
		return nil, err
	}
	return resolver{"auction": relation("auction", auction, auctions), "bid": relation("bid", bid, bids)}, nil
}

func relation(name string, id catalog.ID, s types.Schema) *catalog.Relation {
	r := &catalog.Relation{ID: id, Schema: "public", Name: name, Kind: catalog.Source, AppendOnly: true}
	for i, c := range s {
		r.Columns = append(r.Columns, catalog.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull, AttNum: int16(i + 1)})
	}
	return r
}

// Relation finds a source by its name.
func (r resolver) Relation(_, name string) (*catalog.Relation, error) {
	if rel := r[name]; rel != nil {
		return rel, nil
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}

// ViewQuery is not asked for: there are no views.
func (r resolver) ViewQuery(view *catalog.Relation) (*sql.Query, error) {
	return nil, pgerr.Internal("%s is no view", view.Name)
}
