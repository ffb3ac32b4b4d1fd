package planner

// stopped is the panic with which a rewrite leaves: rewrites are many small recursive
// functions without errors of their own, and only the end of the statement stops them.
type stopped struct{ reason error }

// poll leaves, up to [catchStop], once the statement is to end. Every recursive rewrite
// calls it at each relation, every loop over all pairs of something in each round.
func (b *binder) poll() {
	if err := b.interrupted(); err != nil {
		panic(stopped{err})
	}
}

// catchStop, deferred, makes the reason of a stop the error.
func catchStop(err *error) {
	switch p := recover().(type) {
	case nil:
	case stopped:
		*err = p.reason
	default:
		panic(p)
	}
}
