package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"streamdb/state"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "verify a data directory offline",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := state.Check(nil, args[0])
			if err != nil {
				return err
			}
			for _, l := range report.Lines {
				fmt.Println(l)
			}
			if !report.OK() {
				return errors.New("the data directory is damaged")
			}
			return nil
		},
	}
}
