// Package settings is the run-time parameters of a session: which there are, what values
// they take, and how transactions and SET LOCAL scope them.
//
// A setting that changes results works or is refused; names that are known and harmless
// here are accepted and kept; unknown ones are 42704.
package settings
