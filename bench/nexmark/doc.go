// Package nexmark runs queries of the Nexmark benchmark on a server, over its protocol, and
// measures the server's process from outside.
//
// The SQL is in queries/, one SELECT per file. It becomes a sink of the blackhole connector,
// or a materialized view. The events are made by the server's own nexmark source, so making
// them is in the count. Events are counted as Nexmark does: all kinds, also those that a
// query has no use for.
//
// Missing are the queries that need hopping or session windows (q5, q11, q12), the newest n
// of something (q6, q9, q18, q19) or a side input (q10, q13).
package nexmark
