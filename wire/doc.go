// Package wire speaks the PostgreSQL frontend/backend protocol, version 3.0, and knows no
// SQL: it turns a client's messages into calls on a [Session] and the session's answers
// into messages.
//
// # One connection
//
// Two goroutines serve a connection. The reader ([frameReader]) cuts the byte stream into
// bounded frames and queues a few of them; since it reads while a statement runs, it sees
// a client that goes away and cancels the statement. The other one runs the protocol: it
// validates each frame, calls the session, and owns everything that is sent.
//
//	socket ──> frameReader ──frames──> conn.loop ──> Session
//	socket <── sender <─────────────── results (ResultWriter) <──┘
//
// A frame is checked field by field (validate.go) before pgproto3 decodes it, because
// pgproto3/v2 panics on some malformed frames. A panic anywhere in a connection ends that
// connection with FATAL XX000, never the process.
//
// # When bytes leave
//
// Output collects in one buffer per connection. It is sent when it passes 32 KiB, before
// ReadyForQuery's wait, at PortalSuspended, on Flush, on every error, when COPY starts, and when a
// session asks ([ResultWriter.Flush]). A client that does not read blocks the write, and
// with it only its own statement.
package wire
