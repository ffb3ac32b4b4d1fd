// Package connectortest holds the contracts of package connector as test suites: [Source]
// for every source, [Sink] for every sink. It is imported by tests only.
package connectortest
