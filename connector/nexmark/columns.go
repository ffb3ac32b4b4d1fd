package nexmark

import "streamdb/types"

// column is one column of a table: how to fill it for a list of events of its kind.
type column struct {
	name string
	typ  types.Type
	fill func(m *model, v *types.Vec, events []uint64)
}

var (
	dateTime = column{"date_time", types.Timestamp, times((*model).time)}
	extra    = column{"extra", types.VarChar, fillExtra}
)

// tables is the columns of each single table.
var tables = [3][]column{
	person: {
		{"id", types.Int8, ints(func(_ *model, n uint64) int64 { return personID(n) })},
		{"name", types.VarChar, fillName},
		{"email_address", types.VarChar, fillEmail},
		{"credit_card", types.VarChar, fillCard},
		{"city", types.VarChar, words(streamCity, cities)},
		{"state", types.VarChar, fillState},
		dateTime,
		extra,
	},
	auction: {
		{"id", types.Int8, ints(func(_ *model, n uint64) int64 { return auctionID(n) })},
		{"item_name", types.VarChar, letters(streamItem, 20)},
		{"description", types.VarChar, letters(streamDescription, 100)},
		{"initial_bid", types.Int8, ints(initialBid)},
		{"reserve", types.Int8, ints(reserve)},
		dateTime,
		{"expires", types.Timestamp, times((*model).expires)},
		{"seller", types.Int8, ints((*model).seller)},
		{"category", types.Int8, ints(category)},
		extra,
	},
	bid: {
		{"auction", types.Int8, ints((*model).bidAuction)},
		{"bidder", types.Int8, ints((*model).bidder)},
		{"price", types.Int8, ints(initialBid)},
		{"channel", types.VarChar, fillChannel},
		{"url", types.VarChar, fillURL},
		dateTime,
		extra,
	},
}

var kindNames = [...]string{person: "person", auction: "auction", bid: "bid"}

// combinedColumn is a column of the combined table: of one kind, NULL for the others, or
// common to all.
type combinedColumn struct {
	column
	kind kind // combined: all
}

// combinedTable is event_type (0 person, 1 auction, 2 bid), what all events have, and the
// columns of each kind under its name.
func combinedTable() []combinedColumn {
	cols := []combinedColumn{
		{column{"event_type", types.Int4, fillKind}, combined},
		{dateTime, combined},
		{extra, combined},
	}
	for k, table := range tables {
		for _, c := range table {
			if c.name != dateTime.name && c.name != extra.name {
				c.name = kindNames[k] + "_" + c.name
				cols = append(cols, combinedColumn{c, kind(k)})
			}
		}
	}
	return cols
}

// tableColumns is the columns of the table of kind k.
func tableColumns(k kind) []combinedColumn {
	if k == combined {
		return combinedTable()
	}
	cols := make([]combinedColumn, len(tables[k]))
	for i, c := range tables[k] {
		cols[i] = combinedColumn{c, k}
	}
	return cols
}

// schemaOf is the schema of the table of kind k.
func schemaOf(k kind) types.Schema {
	var s types.Schema
	for _, c := range tableColumns(k) {
		s = append(s, types.Column{Name: c.name, Type: c.typ, NotNull: c.kind == k})
	}
	return s
}

func initialBid(m *model, n uint64) int64 { return m.text.dollars(m.streams[streamPrice].at(n)) }

func reserve(m *model, n uint64) int64 {
	return initialBid(m, n) + m.text.dollars(m.streams[streamReserve].at(n))
}

func category(m *model, n uint64) int64 {
	k, _ := draw(m.streams[streamCategory].at(n), m.categories)
	return int64(k) + firstCategory
}
