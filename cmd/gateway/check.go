package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

func newCheckCommand() *cobra.Command {
	var path string
	var ping bool
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Report every fault of a configuration, with path and line",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return check(cmd, path, ping)
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", "gateway.yaml", "the configuration file")
	cmd.Flags().BoolVar(&ping, "ping", false, "also connect to each server")
	return cmd
}

// check prints the faults and fails if there are any.
func check(cmd *cobra.Command, path string, ping bool) error {
	l, err := loadConfig(path)
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), err)
		return &reportedError{err}
	}
	for _, w := range l.warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
	}
	if ping {
		if err := pingAll(cmd, l); err != nil {
			return err
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: no faults; %s, %s, %s\n", path,
		count(len(l.definition.Servers), "server"), count(len(l.definition.Schemas), "schema"), count(len(l.definition.Tables), "table"))
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func pingAll(cmd *cobra.Command, l *loaded) error {
	failed := false
	for _, name := range slices.Sorted(maps.Keys(l.definition.Servers)) {
		if err := pingOne(cmd.Context(), l.definition.Servers[name], l.folder); err != nil {
			failed = true
			fmt.Fprintf(cmd.ErrOrStderr(), "servers.%s: %s\n", name, messageOf(err))
		}
	}
	if failed {
		return &reportedError{errors.New("a server does not answer")}
	}
	return nil
}

func pingOne(ctx context.Context, cfg backends.Config, folder string) error {
	backend, err := backends.Open(cfg, all.Kinds(), backends.Env{Folder: folder})
	if err != nil {
		return err
	}
	defer backend.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return backend.Ping(ctx)
}

// messageOf is an error's text without its SQLSTATE.
func messageOf(err error) string {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}
