package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"streamdb/sqllogictest"
)

func testCommand() *cobra.Command {
	var mode, url string
	cmd := &cobra.Command{
		Use:   "test FILES…",
		Short: "run sqllogictest files against a running server",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			m, err := sqllogictest.ParseMode(mode)
			if err != nil {
				return err
			}
			return runFiles(cmd.Context(), url, m, files)
		},
	}
	cmd.Flags().StringVar(&mode, "mode", "adhoc", "adhoc, view-before, view-after")
	cmd.Flags().StringVar(&url, "url", localURL, "the server")
	return cmd
}

func runFiles(ctx context.Context, url string, mode sqllogictest.Mode, files []string) error {
	r := sqllogictest.Runner{
		Engine: "streamdb",
		Open:   func(ctx context.Context) (sqllogictest.Conn, error) { return sqllogictest.Connect(ctx, url) },
	}
	failed := 0
	for _, f := range files {
		report, err := r.Run(ctx, os.DirFS(filepath.Dir(f)), filepath.Base(f), mode)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %v\n", f, &report)
		for _, fail := range report.Failures {
			fmt.Println(fail)
		}
		failed += len(report.Failures)
	}
	if failed > 0 {
		return fmt.Errorf("%d failures", failed)
	}
	return nil
}
