// Command streamdb is a SQL streaming database server: connect with psql, create sources,
// tables and materialized views, and read results that are always up to date.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"streamdb/types/pgerr"
)

func main() {
	root := &cobra.Command{
		Use:           "streamdb",
		Short:         "a SQL streaming database",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(startCommand(), sqlCommand(), testCommand(), benchCommand(), checkCommand(), versionCommand())
	if err := root.ExecuteContext(context.Background()); err != nil {
		report(err)
		os.Exit(1)
	}
}

// report prints an error with its detail and hint, a line each.
func report(err error) {
	e, ok := errors.AsType[*pgerr.Error](err)
	if !ok {
		fmt.Fprintln(os.Stderr, "streamdb:", err)
		return
	}
	fmt.Fprintln(os.Stderr, "streamdb:", e.Message)
	if e.Detail != "" {
		fmt.Fprintln(os.Stderr, "  detail:", e.Detail)
	}
	if e.Hint != "" {
		fmt.Fprintln(os.Stderr, "  hint:", e.Hint)
	}
}
