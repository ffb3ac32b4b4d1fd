package catalog

import (
	"bytes"
	"encoding/json"
	"io"

	"streamdb/types/pgerr"
)

// format is the version of the encodings below. A reader refuses any other; the goldens in
// testdata/encoding are never deleted, so that what was once written stays readable.
//
// Both encodings are JSON on one line with a format number in front: a catalog is small,
// and a damaged or puzzling one can be read by eye. Checksums are the business of whoever
// stores the bytes.
const format = 1

// storedChange is a change as written to the commit log.
type storedChange struct {
	Format int             `json:"format,omitempty"` // not inside batches
	Tag    string          `json:"change"`
	Data   json.RawMessage `json:"data"`
}

// storedSnapshot is a snapshot as written to checkpoints, without the system relations.
type storedSnapshot struct {
	Format    int         `json:"format"`
	Version   uint64      `json:"version"`
	NextID    ID          `json:"next_id"`
	Schemas   []*Schema   `json:"schemas"`
	Relations []*Relation `json:"relations"`
}

// EncodeChange writes a change for the commit log.
func EncodeChange(c Change) ([]byte, error) {
	stored, err := storeChange(c)
	if err != nil {
		return nil, err
	}
	stored.Format = format
	return marshal(stored)
}

func storeChange(c Change) (*storedChange, error) {
	data, err := marshal(c)
	return &storedChange{Tag: c.tag(), Data: data}, err
}

// MarshalJSON writes the changes of a batch with their tags.
func (c *Batch) MarshalJSON() ([]byte, error) {
	stored := make([]*storedChange, 0, len(c.Changes))
	for _, step := range c.Changes {
		s, err := storeChange(step)
		if err != nil {
			return nil, err
		}
		stored = append(stored, s)
	}
	return marshal(stored)
}

// UnmarshalJSON reads the changes of a batch.
func (c *Batch) UnmarshalJSON(b []byte) error {
	var stored []*storedChange
	if err := unmarshal(b, &stored); err != nil {
		return err
	}
	for _, s := range stored {
		step, err := s.change()
		if err != nil {
			return err
		}
		c.Changes = append(c.Changes, step)
	}
	return nil
}

// DecodeChange reads what [EncodeChange] wrote.
func DecodeChange(b []byte) (Change, error) {
	if err := checkFormat(b); err != nil {
		return nil, err
	}
	var stored storedChange
	if err := unmarshal(b, &stored); err != nil {
		return nil, damaged(err)
	}
	c, err := stored.change()
	if err != nil {
		return nil, damaged(err)
	}
	return c, nil
}

func (s *storedChange) change() (Change, error) {
	if s == nil {
		return nil, pgerr.Internal("no change")
	}
	c, ok := changeTags()[s.Tag]
	if !ok {
		return nil, pgerr.Internal("unknown change %q", s.Tag)
	}
	if err := unmarshal(s.Data, c); err != nil {
		return nil, err
	}
	switch c := c.(type) {
	case *CreateRelation:
		return c, checkStored(c.Relation)
	case *ReplaceRelation:
		return c, checkStored(c.Relation)
	}
	return c, nil
}

// Encode writes the snapshot for a checkpoint.
func (s *Snapshot) Encode() ([]byte, error) {
	return marshal(&storedSnapshot{
		Format: format, Version: s.version, NextID: s.nextID, Schemas: s.Schemas(), Relations: s.UserRelations(),
	})
}

// Decode reads what [Snapshot.Encode] wrote, beside the server's own relations.
func Decode(b []byte, system []*Relation) (*Snapshot, error) {
	if err := checkFormat(b); err != nil {
		return nil, err
	}
	var stored storedSnapshot
	if err := unmarshal(b, &stored); err != nil {
		return nil, damaged(err)
	}
	s := New(system)
	s.version, s.nextID = stored.Version, stored.NextID
	clear(s.schemas)
	for _, schema := range builtinSchemas() {
		if IsSystemSchema(schema.Name) {
			s.schemas[schema.Name] = schema
		}
	}
	for _, schema := range stored.Schemas {
		if schema == nil || schema.ID >= s.nextID {
			return nil, damaged(pgerr.Internal("a schema has no proper id"))
		}
		s.schemas[schema.Name] = schema
	}
	if err := s.load(stored.Relations); err != nil {
		return nil, damaged(err)
	}
	return s, nil
}

// load enters stored relations. They may depend on later ones: a view can be replaced by
// one over a younger table.
func (s *Snapshot) load(rs []*Relation) error {
	for _, r := range rs {
		if err := checkStored(r); err != nil {
			return err
		}
		if _, ok := s.schemas[r.Schema]; !ok {
			return noSchema(r.Schema)
		}
		if _, ok := s.byID[r.ID]; ok || r.ID < FirstUserID || r.ID >= s.nextID {
			return pgerr.Internal("relation \"%s\" has the improper id %d", r.Name, r.ID)
		}
		if err := s.checkName(r.Schema, r.Name); err != nil {
			return err
		}
		s.put(r)
	}
	for _, r := range rs {
		for _, id := range r.DependsOn {
			if _, ok := s.byID[id]; !ok || s.reaches(s.byID[id].DependsOn, id) {
				return pgerr.Internal("relation \"%s\" depends improperly on %d", r.Name, id)
			}
		}
	}
	return nil
}

// checkStored checks what the rest of the program relies on in a descriptor.
func checkStored(r *Relation) error {
	if r == nil || r.Kind == 0 || r.Kind == System || r.Kind == Index {
		return pgerr.Internal("no proper relation")
	}
	for _, u := range r.Uniques {
		for _, c := range u.Columns {
			if c < 0 || c >= len(r.Columns) {
				return pgerr.Internal("constraint \"%s\" is on column %d of %d", u.Name, c, len(r.Columns))
			}
		}
	}
	for _, c := range r.Key {
		if c < 0 || c >= len(r.Columns) {
			return pgerr.Internal("the key of \"%s\" has column %d of %d", r.Name, c, len(r.Columns))
		}
	}
	return nil
}

func checkFormat(b []byte) error {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return damaged(err)
	}
	if head.Format != format {
		return pgerr.New(pgerr.DataCorrupted, "the catalog has format %d; this program reads format %d", head.Format, format)
	}
	return nil
}

func damaged(err error) error {
	return pgerr.New(pgerr.DataCorrupted, "the stored catalog is damaged: %s", pgerr.From(err).Message)
}

// marshal is json.Marshal without its escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, pgerr.Internal("encoding the catalog: %s", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// unmarshal is json.Unmarshal that takes no unknown field and nothing after the value.
func unmarshal(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return pgerr.Internal("bytes after the end")
	}
	return nil
}
