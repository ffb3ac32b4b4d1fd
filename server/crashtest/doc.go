// Package crashtest cuts the power. Its tests run the whole database, sessions and all, on
// a file system that forgets what was not synced, and the real binary under kill -9, and
// hold what comes back against a model of their own: every acknowledged write is there,
// nothing is there twice, every view equals its query, every sink has each row once.
//
// The number of crashes of the random runs is STREAMDB_CRASHES.
package crashtest
