// Package all is the table of connectors that a server offers.
package all

import (
	"streamdb/connector"
	"streamdb/connector/blackhole"
	"streamdb/connector/datagen"
	"streamdb/connector/file"
	"streamdb/connector/nexmark"
	"streamdb/connector/postgres"
)

// Table lists every connector.
func Table() connector.Table {
	return connector.Table{
		Sources: []*connector.Spec{nexmark.Spec(), datagen.Spec(), file.SourceSpec(), postgres.Spec()},
		Sinks:   []*connector.Spec{blackhole.Spec(), file.SinkSpec()},
	}
}
