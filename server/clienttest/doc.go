// Package clienttest holds tests of the whole server through real clients: psql, pgx, and
// bytes on a socket.
package clienttest
