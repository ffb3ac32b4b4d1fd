// Package session is one client's conversation: statements in, results out, and what a
// connection remembers between them (settings, prepared statements, portals, its
// transaction). It implements wire.Session over package engine.
//
// The path of a statement is [Session.compile], text to a compiled statement with known
// parameters and columns, and [compiled.run].
package session
