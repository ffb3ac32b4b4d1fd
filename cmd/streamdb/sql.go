package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"streamdb/sqllogictest"
)

const localURL = "postgres://root@127.0.0.1:4566/dev?sslmode=disable"

func sqlCommand() *cobra.Command {
	var url string
	var statements []string
	cmd := &cobra.Command{
		Use:   "sql",
		Short: "run SQL statements against a running server; psql does more",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(statements) == 0 {
				text, err := io.ReadAll(os.Stdin)
				if err != nil {
					return err
				}
				statements = splitStatements(string(text))
			}
			return runStatements(cmd.Context(), url, statements)
		},
	}
	cmd.Flags().StringVar(&url, "url", localURL, "the server")
	cmd.Flags().StringArrayVarP(&statements, "command", "c", nil, "one statement, may be repeated; without it they are read from standard input")
	return cmd
}

// splitStatements cuts a script into statements: each ends with a semicolon at the end of
// a line.
func splitStatements(script string) []string {
	var out []string
	var one strings.Builder
	for line := range strings.Lines(script) {
		one.WriteString(line)
		if strings.HasSuffix(strings.TrimSpace(line), ";") {
			out = append(out, one.String())
			one.Reset()
		}
	}
	if strings.TrimSpace(one.String()) != "" {
		out = append(out, one.String())
	}
	return out
}

// runStatements runs the statements in one session up to the first error.
func runStatements(ctx context.Context, url string, statements []string) error {
	conn, err := sqllogictest.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the session ends with the process
	for _, s := range statements {
		result, err := conn.Query(ctx, s)
		if err != nil {
			return err
		}
		fmt.Print(result.Table())
	}
	return nil
}
