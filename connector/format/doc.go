// Package format turns bytes into rows and back: JSON objects, CSV records, and the text
// and csv forms of COPY.
//
// A decoder appends one row to a batch or reports why it cannot, leaving the batch as it
// was: one bad row never harms its neighbours. Values go through the type's input function,
// as PostgreSQL's json_populate_record and COPY do; the common types have faster ways in
// that give up, never guess, when a value looks unusual.
package format
