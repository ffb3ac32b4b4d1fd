// Package catalog holds what the database knows about its objects: immutable snapshots at
// a version, one writer, stable ids that are never reused. It keeps structured descriptors
// plus each object's SQL as an opaque string, and each view's stored physical plan as
// opaque bytes; it knows neither parser nor planner.
package catalog
