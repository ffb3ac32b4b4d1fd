package session

import (
	"streamdb/catalog"
	"streamdb/connector"
)

// shown is a statement as others than its author may see it: without the values of options
// that some connector keeps secret. What it is about need not exist, nor it be right.
func (s *Session) shown(text string) string {
	var secrets []string
	table := s.e.Connectors()
	for _, specs := range [][]*connector.Spec{table.Sources, table.Sinks} {
		for _, spec := range specs {
			for _, o := range spec.Options {
				if o.Secret {
					secrets = append(secrets, o.Name)
				}
			}
		}
	}
	return catalog.RedactSQL(text, secrets)
}
