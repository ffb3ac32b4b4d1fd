package crashtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"streamdb/state"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// whileWriting makes a database, writes to it from several sessions while meddle goes on,
// and cuts the power: check must hold before and after. It does so for several seeds. written
// is closed when the writers are done.
type whileWriting struct {
	setup         []string
	writers, each int
	texts         func(w, i int) []string // what writer w does in its step i
	refused       func(err error) bool    // what may keep it from that
	meddle        func(db *database, s wire.Session, written <-chan struct{})
	check         func(db *database)
}

func (c *whileWriting) run(t *testing.T) {
	for seed := range uint64(3) {
		fs := state.NewCrashFS()
		db := mustOpen(t, fs, newUpstream())
		db.run(c.setup...)
		var wg sync.WaitGroup
		for w := range c.writers {
			wg.Go(func() { c.write(t, db, w) })
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		s := db.session()
		c.meddle(db, s, done)
		s.Close()
		<-done
		if t.Failed() {
			return
		}
		c.check(db)
		cut := state.CrashClone(fs, 0, rand.New(rand.NewPCG(seed, 1)))
		db.close()
		again := mustOpen(t, cut, newUpstream())
		c.check(again)
		again.close()
	}
}

func (c *whileWriting) write(t *testing.T, db *database, w int) {
	s := db.session()
	defer s.Close()
	for i := range c.each {
		for _, text := range c.texts(w, i) {
			err := retried(s, text)
			switch {
			case err == nil:
			case !c.refused(err):
				t.Errorf("%s: %v", text, describe(err))
			case s.Status() != 'I':
				retried(s, `rollback`) //nolint:errcheck // it ends the block
			}
		}
	}
}

// retried runs statements again for as long as others have changed what they change.
func retried(s wire.Session, text string) error {
	for {
		err := s.SimpleQuery(context.Background(), text, &rows{})
		if err == nil {
			return nil
		}
		s.Failed()
		if !pgerr.Is(err, pgerr.SerializationFailure) {
			return err
		}
		if err := s.SimpleQuery(context.Background(), `rollback`, &rows{}); err != nil {
			return err
		}
	}
}
