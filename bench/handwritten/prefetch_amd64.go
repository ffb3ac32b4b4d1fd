package handwritten

import "unsafe"

// prefetch asks for the cache lines at base + at[i]<<shift, for n numbers i.
//
//go:noescape
func prefetch(base unsafe.Pointer, at *uint32, n, shift int)
