package handwritten

import (
	"context"
	"errors"
	"io"
	"strconv"

	"streamdb/connector"
	"streamdb/connector/nexmark"
	"streamdb/types"
)

// Epoch is the input between two barriers.
type Epoch struct {
	Auctions []*types.Batch // columns AuctionID … AuctionCategory
	Bids     []*types.Batch // columns BidAuction … BidExtra
}

// The columns of an epoch's batches.
const (
	AuctionID = iota
	AuctionTime
	AuctionExpires
	AuctionCategory
)

// The columns of an epoch's batches.
const (
	BidAuction = iota
	BidBidder
	BidPrice
	BidTime
	BidExtra
)

func auctionColumns() []string { return []string{"id", "date_time", "expires", "category"} }

func bidColumns() []string { return []string{"auction", "bidder", "price", "date_time", "extra"} }

// Schemas are the columns of an epoch's batches.
func Schemas() (auctions, bids types.Schema, err error) {
	if auctions, err = schemaOf("auction", auctionColumns()); err != nil {
		return nil, nil, err
	}
	bids, err = schemaOf("bid", bidColumns())
	return auctions, bids, err
}

func schemaOf(table string, columns []string) (types.Schema, error) {
	src, err := nexmark.Spec().OpenSource(connector.Config{Options: connector.Options{"nexmark.table.type": table}})
	if err != nil {
		return nil, err
	}
	var out types.Schema
	for _, name := range columns {
		out = append(out, src.Schema()[src.Schema().Index(name)])
	}
	return out, nil
}

// Generate makes the auctions and bids among so many events of the Nexmark auction site, with
// a barrier after every perEpoch events.
func Generate(seed int64, events, perEpoch uint64) ([]Epoch, error) {
	epochs := make([]Epoch, (events+perEpoch-1)/perEpoch)
	err := read("auction", auctionColumns(), seed, events, perEpoch,
		func(e uint64, b *types.Batch) { epochs[e].Auctions = append(epochs[e].Auctions, b) })
	if err != nil {
		return nil, err
	}
	err = read("bid", bidColumns(), seed, events, perEpoch,
		func(e uint64, b *types.Batch) { epochs[e].Bids = append(epochs[e].Bids, b) })
	return epochs, err
}

// read gives put a copy of every batch of some columns of one table, epoch by epoch.
func read(table string, columns []string, seed int64, events, perEpoch uint64, put func(epoch uint64, b *types.Batch)) error {
	src, err := nexmark.Spec().OpenSource(connector.Config{Options: connector.Options{
		"nexmark.table.type": table,
		"nexmark.seed":       strconv.FormatInt(seed, 10),
		"nexmark.event.num":  strconv.FormatUint(events, 10),
	}})
	if err != nil {
		return err
	}
	var cols []int
	for _, name := range columns {
		for i, c := range src.Schema() {
			if c.Name == name {
				cols = append(cols, i)
			}
		}
	}
	ctx := context.Background()
	r, err := src.(connector.Pruner).Prune(cols).Open(ctx, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	for e := uint64(0); e*perEpoch < events; {
		until := connector.OffsetAt(min((e+1)*perEpoch, events))
		chunk, err := r.Next(ctx, connector.Limit{Until: until})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if chunk.Batch != nil && chunk.Batch.Len() > 0 {
			put(e, chunk.Batch.Compact())
		}
		if chunk.After.Reached(until) {
			e++
		}
	}
	return nil
}
