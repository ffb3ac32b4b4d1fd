// Package connector is the edge of the engine: where rows come from ([Source]) and where
// they go ([Sink]), and the contracts both keep so that nothing is lost or taken twice.
//
// # Sources
//
// A source is a replayable sequence of rows; an [Offset] is a place in it. Everything rests
// on three promises, which connectortest checks for every source:
//
//  1. Opening a reader at an offset that any reader of the source has reported gives exactly
//     the rows that follow that place.
//  2. A reader given Limit.Until, an offset that another reader has reported and that is not
//     behind it, stops exactly there. That is how a new view catches up on its own reader
//     and joins the shared one.
//  3. A reader reads only when asked ([Reader.Next]): not asking is the backpressure.
//
// A row that cannot be decoded is no error of the reader: it comes as a [BadRow] of the
// chunk, and reading goes on behind it. An error of Next is final for that reader.
//
// # Sinks
//
// A sink takes part in the checkpoint: Prepare makes an epoch's output durable but unseen,
// then the checkpoint commits, then Commit shows it. After a crash Recover commits what was
// prepared up to the recovered epoch and discards the rest, so every epoch appears once.
//
// # Table of connectors
//
// Package connector/all holds the explicit table; a [Spec] describes one connector and the
// options it takes.
package connector
