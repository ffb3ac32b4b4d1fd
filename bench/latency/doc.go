// Package latency measures how fresh answers are, over the protocol: how long after a
// single-row INSERT a dependent view shows it, and how long after an event was due a view
// over a rate-limited nexmark source shows it (open loop: the clock starts when the event
// was due, whatever the server does).
package latency
