package exec

import "streamdb/types"

// union passes all inputs on.
//
//	d(A + B) = dA + dB
type union struct{ stateless }

// Process passes b on, whichever port it came in by.
func (union) Process(_ int, b *types.Batch, out Emit) error { return out(b) }
