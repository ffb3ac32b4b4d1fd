package checkpoint

import "time"

// hold makes sources wait for a round that all participants have reached and that still
// takes longer than Config.HoldAfter: what sources bring meanwhile makes the next round
// larger, and so would each be larger than the last where checkpoints cannot keep up. Before
// all have reached the barrier it is views that are late, and those delay nobody. The
// function returned ends it.
func (c *Coordinator) hold(r *Round, info *Info) (end func()) {
	if c.cfg.HoldAfter == 0 {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-r.near:
		}
		select {
		case <-done:
			return
		case <-time.After(c.cfg.HoldAfter):
		}
		from := time.Now()
		c.engine.Hold(true)
		<-done
		c.engine.Hold(false)
		c.update(info, func(i *Info) { i.Held = time.Since(from) })
	}()
	return func() {
		close(done)
		<-ended
	}
}
