package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"streamdb/server/settings"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			fmt.Printf("streamdb %s (%s %s/%s)\n", settings.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}
