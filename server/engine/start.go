package engine

import (
	"errors"
	"slices"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/exec"
	"streamdb/planner/plan"
	"streamdb/server/settings"
	"streamdb/state"
	"streamdb/types"
)

// start says how a relation comes to life.
type start struct {
	load   bool   // from its state tables
	filled bool   // a view or sink whose state is complete there
	gen    uint32 // in the state tables of this generation
	rowID  int64  // the last hidden row id given
	job    *Job   // of a view being filled
}

// startRelation makes the relation run. The ddl lock is held, or nothing else runs yet.
func (e *Engine) startRelation(desc *catalog.Relation, how start) error {
	r := &Relation{ID: desc.ID, name: participant(desc), status: Running, Errors: exec.NewErrorSet(exec.KeptErrors)}
	r.desc.Store(desc)
	var err error
	switch desc.Kind {
	case catalog.Table:
		err = e.startTable(desc, r, how)
	case catalog.Source:
		err = e.startSource(desc, r, how)
	case catalog.MaterializedView, catalog.Sink:
		err = e.startFlow(desc, r, how)
	default:
		return nil
	}
	return err
}

// scan reads a state table; see [state.Store.ScanTable].
func (e *Engine) scan(id state.TableID, f func(key, val []byte) error) error {
	_, err := e.store.ScanTable(e.ctx, id, f)
	return err
}

func (e *Engine) startTable(desc *catalog.Relation, r *Relation, how start) error {
	var uniques []exec.UniqueSpec
	for _, u := range desc.Uniques {
		uniques = append(uniques, exec.UniqueSpec{Name: u.Name, Cols: u.Columns})
	}
	var spec connector.Source
	if desc.Connector != "" {
		var err error
		if spec, err = e.openSource(desc); err != nil {
			return err
		}
	}
	e.epochs.Attach(func(last types.Epoch) ([]exec.EpochMember, []*exec.Changelog) {
		r.Table = exec.NewTable(physical(desc), uniques, last)
		r.nextID.Store(how.rowID)
		r.hidden = hiddenColumn(desc)
		var member exec.EpochMember = r.Table
		if spec != nil {
			r.Feed = &feed{
				e: e, rel: r, src: spec, base: base(desc.ID, 0), hidden: hiddenColumn(desc),
				marks: map[types.Epoch]connector.Offset{},
			}
			member = r.Feed
			r.Errors = exec.NewErrorLog(exec.KeptErrors)
		}
		return []exec.EpochMember{member}, []*exec.Changelog{r.Table.Log}
	})
	if how.load {
		if err := e.loadTable(desc, r); err != nil {
			return err
		}
	}
	e.setRelation(desc.ID, r)
	if r.Feed != nil {
		r.Feed.start()
	}
	return nil
}

func (e *Engine) loadTable(desc *catalog.Relation, r *Relation) error {
	if err := r.Table.Load(base(desc.ID, 0), e.scan); err != nil {
		return err
	}
	if r.Feed != nil {
		if err := r.Feed.load(e.scan); err != nil {
			return err
		}
	}
	return r.Table.Reindex()
}

// hiddenColumn is the position of the hidden row id, or −1.
func hiddenColumn(desc *catalog.Relation) int {
	return slices.IndexFunc(desc.Columns, func(c catalog.Column) bool { return c.AttNum <= 0 })
}

// ConnectorConfig is what a connector of a relation is made from.
func (e *Engine) ConnectorConfig(desc *catalog.Relation, opts connector.Options, schema types.Schema) connector.Config {
	return connector.Config{
		Env:  connector.Env{FileRoot: e.cfg.FileRoot, Log: e.cfg.Log},
		Name: desc.Schema + "." + desc.Name, ID: uint64(desc.ID), Options: opts, Schema: schema,
	}
}

// Connectors is the table of connectors.
func (e *Engine) Connectors() connector.Table { return e.cfg.Connectors }

// visible is the columns a connector fills: all but hidden ones.
func visible(desc *catalog.Relation) types.Schema {
	var s types.Schema
	for _, c := range desc.Columns {
		if c.AttNum > 0 {
			s = append(s, types.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull})
		}
	}
	return s
}

func (e *Engine) openSource(desc *catalog.Relation) (connector.Source, error) {
	spec, err := e.cfg.Connectors.Source(desc.Connector)
	if err != nil {
		return nil, err
	}
	cfg := e.ConnectorConfig(desc, desc.Options, visible(desc))
	cfg.Key = desc.PrimaryKey()
	return spec.OpenSource(cfg)
}

func (e *Engine) startSource(desc *catalog.Relation, r *Relation, how start) error {
	if len(desc.Columns) == 0 {
		return nil // a shared source: only the tables made from it have rows
	}
	src, err := e.openSource(desc)
	if err != nil {
		return err
	}
	e.epochs.Attach(func(last types.Epoch) ([]exec.EpochMember, []*exec.Changelog) {
		r.Source = exec.NewSource(r.name, src, last, nil, e.epochs)
		r.Source.Base, r.Source.MaxAhead = base(desc.ID, 0), e.cfg.ChangesInMemory/16
		if how.load {
			err = r.Source.Load(e.scan)
		}
		if e.recovering {
			r.Source.Hold()
		}
		return []exec.EpochMember{r.Source}, []*exec.Changelog{r.Source.Changelog()}
	})
	r.Errors = r.Source.Errors
	e.setRelation(desc.ID, r)
	return err
}

// startFlow starts the dataflow of a view or sink: from its saved state, or by reading its
// inputs as of the last epoch.
func (e *Engine) startFlow(desc *catalog.Relation, r *Relation, how start) error {
	root, err := plan.Decode(desc.Plan)
	if err != nil {
		return err
	}
	if err := e.inputsRun(root); err != nil {
		return err
	}
	var sink connector.Sink
	if desc.Kind == catalog.Sink {
		if sink, err = e.openSink(desc, root.Schema(), how); err != nil {
			return err
		}
	}
	resume := how.load && how.filled
	r.gen = how.gen
	if !resume {
		r.status = Filling
		if e.recovering {
			r.refilled = make(chan struct{})
		}
		r.gen = e.nextGeneration(desc.ID)
	}
	if err = e.useSources(root, r); err == nil {
		err = e.attachFlow(desc, r, root, sink, how)
	}
	if err != nil {
		r.releaseSources()
		if sink != nil {
			err = errors.Join(err, sink.Close())
		}
		return err
	}
	r.ended = make(chan struct{})
	e.setRelation(desc.ID, r)
	e.wg.Go(r.Flow.Run)
	e.wg.Go(func() { e.watch(desc, r, how.job) })
	return nil
}

// attachFlow makes the dataflow, with what it fills, between two epochs.
func (e *Engine) attachFlow(desc *catalog.Relation, r *Relation, root plan.Node, sink connector.Sink, how start) (err error) {
	resume := how.load && how.filled
	var log *exec.Changelog
	e.epochs.Attach(func(last types.Epoch) ([]exec.EpochMember, []*exec.Changelog) {
		since := last
		if !resume {
			since = last - 1
		}
		var out exec.Output
		if sink != nil {
			r.Sink = newSinkOutput(e.ctx, sink, since)
			out, log = r.Sink, r.Sink.log
		} else {
			r.Stored = exec.NewStored(root.Schema().Types(), since)
			out, log = r.Stored, r.Stored.Log
			if !resume {
				log.Skip(last)
			}
		}
		r.Flow, err = exec.NewDataflow(exec.DataflowConfig{
			Name: r.name, Plan: root, Inputs: e.input, Clock: e.clock, Out: out, Errors: r.Errors,
			Style: viewStyle(desc), Base: base(desc.ID, r.gen), From: last, Fresh: !resume, Load: e.scan,
			Workers: e.cfg.Workers,
			Filled:  func() { e.filled(r, how.job) },
			Brake:   e.memory.brake,
			Room:    func(stop <-chan struct{}) { e.epochs.AwaitRoom(log, stop) },
		})
		return nil, []*exec.Changelog{log}
	})
	if err != nil {
		e.epochs.Detach(nil, log)
	}
	return err
}

func (e *Engine) openSink(desc *catalog.Relation, schema types.Schema, how start) (connector.Sink, error) {
	spec, err := e.cfg.Connectors.Sink(desc.Connector)
	if err != nil {
		return nil, err
	}
	sink, err := spec.OpenSink(e.ConnectorConfig(desc, desc.Options, schema))
	if err != nil {
		return nil, err
	}
	committed := types.Epoch(0)
	if how.load && how.filled {
		saved, err := e.store.Load()
		if err != nil {
			return nil, errors.Join(err, sink.Close())
		}
		committed = saved.Epoch
	}
	if err := sink.Recover(e.ctx, committed); err != nil {
		return nil, errors.Join(err, sink.Close())
	}
	return sink, nil
}

func (e *Engine) input(id catalog.ID) exec.Relation {
	r := e.Relation(id)
	if r == nil {
		return nil
	}
	return r.live()
}

// inputsRun fails with the reason if something that a plan scans could not be started.
func (e *Engine) inputsRun(root plan.Node) (err error) {
	plan.Walk(root, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok && err == nil {
			if in := e.Relation(s.Relation); in != nil && in.live() == nil {
				err = in.readable(s.Name)
			}
		}
		return err == nil
	})
	return err
}

// useSources has the shared readers read what a plan scans. A reader that begins to read
// more columns has not done so from the begin of the open epoch, which is closed then.
func (e *Engine) useSources(root plan.Node, r *Relation) error {
	cols := map[catalog.ID][]int{}
	plan.Walk(root, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok {
			cols[s.Relation] = append(cols[s.Relation], s.Columns...)
		}
		return true
	})
	grown := false
	for id, cs := range cols {
		if in := e.Relation(id); in != nil {
			r.reads = append(r.reads, in)
			if in.Source != nil && in.Source.Use(cs) {
				grown = true
			}
		}
	}
	if !grown {
		return nil
	}
	_, err := e.epochs.Advance(nil, nil)
	return err
}

// filled notes that a view has caught up with its inputs.
func (e *Engine) filled(r *Relation, job *Job) {
	r.setStatus(Running, nil)
	if job != nil {
		e.endJob(job, nil)
	}
	e.ckpt.Changed()
}

// watch notes the failure of a dataflow; its dependents fail by reading its changelog.
func (e *Engine) watch(desc *catalog.Relation, r *Relation, job *Job) {
	defer close(r.ended)
	<-r.Flow.Done()
	err := r.Flow.Err()
	if err != nil {
		r.setStatus(Stopped, err)
		e.cfg.Log.Error("a view stopped", "view", desc.Name, "error", err)
	}
	r.mu.Lock()
	r.endRefill()
	r.mu.Unlock()
	r.releaseSources()
	e.ckpt.Leave(r.name)
	if job != nil {
		if err == nil {
			err = errCanceled
		}
		e.endJob(job, err)
	}
}

// stopAndForget ends a relation for good, and returns it if it ran; its state tables are then
// orphans. The ddl lock is held.
func (e *Engine) stopAndForget(id catalog.ID) *Relation {
	r := e.Relation(id)
	if r == nil {
		return nil
	}
	e.setRelation(id, nil)
	r.stop()
	r.closeConnector()
	log := r.log()
	if r.Sink != nil {
		log = r.Sink.log
	}
	var member exec.EpochMember = r.member()
	if r.Feed != nil {
		member = r.Feed
	}
	e.epochs.Detach(member, log)
	e.ckpt.Changed()
	return r
}

// viewStyle is how a view reads and writes values: the settings frozen when it was made.
func viewStyle(desc *catalog.Relation) *types.Style {
	return settings.Style(func(name string) string { return desc.Settings[name] })
}

// nextGeneration gives state tables that have never been used to a view that is filled
// anew.
func (e *Engine) nextGeneration(id catalog.ID) uint32 {
	gen := e.gens[id] + 1
	for t := range e.store.Tables() {
		if owner, g := ownerOf(t); owner == id {
			gen = max(gen, g+1)
		}
	}
	e.gens[id] = gen
	return gen
}

// orphans lists the stored tables that no running relation has: those of dropped relations
// and of earlier generations.
func (e *Engine) orphans() []state.TableID {
	var ids []state.TableID
	for t := range e.store.Tables() {
		id, gen := ownerOf(t)
		if r := e.Relation(id); r == nil || r.gen != gen {
			ids = append(ids, t)
		}
	}
	return ids
}
