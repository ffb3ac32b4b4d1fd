// Package file reads rows from files that match a pattern, CSV or JSON lines, and writes
// JSON lines exactly once. All files lie below the server's file root, which is an
// os.Root: neither ".." nor a symbolic link leads out of it.
//
// # Places
//
// The files of a source are read in the order of their names; in follow mode any of them
// may grow, and new ones may appear, at any time. A place therefore says of every file how
// far it was read:
//
//	offset = 2⁶³ + total bytes read (8, big endian), then per file with anything read, by name:
//	         length of name, name, bytes read, lines read, tail, sum of the tail (all numbers uvarint)
//
// The tail is the end of the record before the place, at most 64 bytes of it. A file that
// shrank below its place, is gone, or has another tail there stops the source: rows already
// taken from it could not be replayed, and others would be left out.
package file
