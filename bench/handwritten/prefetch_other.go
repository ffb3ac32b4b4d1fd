//go:build !amd64

package handwritten

import "unsafe"

// prefetch does nothing where there is no assembly for it.
func prefetch(unsafe.Pointer, *uint32, int, int) {}
