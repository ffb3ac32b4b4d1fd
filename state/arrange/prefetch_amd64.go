package arrange

import "unsafe"

// prefetch asks for the cache lines of size bytes at each of n addresses. A load that misses
// would keep the processor from looking far ahead; this does not.
//
//go:noescape
func prefetch(at *unsafe.Pointer, n, size int)
