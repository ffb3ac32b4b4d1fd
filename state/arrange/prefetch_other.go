//go:build !amd64

package arrange

import "unsafe"

// prefetch does nothing where there is no assembly for it.
func prefetch(*unsafe.Pointer, int, int) {}
