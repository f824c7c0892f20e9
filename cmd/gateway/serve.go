package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/pprof"

	"github.com/spf13/cobra"
)

func newServeCommand() *cobra.Command {
	var path, listen, profile string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Serve the sources of a configuration",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return profiled(profile, func() error { return serve(cmd, path, listen) })
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", "gateway.yaml", "the configuration file; it is read again when it changes")
	cmd.Flags().StringVar(&listen, "listen", "", "where clients connect, host:port (overrides the configuration)")
	cmd.Flags().StringVar(&profile, "cpu-profile", "", "write a CPU profile of the whole run to this file")
	_ = cmd.Flags().MarkHidden("cpu-profile") // fails for a flag that does not exist
	return cmd
}

// profiled runs under the CPU profiler if path names a file for it.
func profiled(path string, run func() error) error {
	if path == "" {
		return run()
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("creating the CPU profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(fmt.Errorf("starting the CPU profile: %w", err), file.Close())
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

func serve(cmd *cobra.Command, path, listen string) error {
	l, err := loadConfig(path)
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), err)
		return &reportedError{err}
	}
	if listen != "" {
		l.config.Listen = listen
		if l.config.trustsStrangers() {
			return fmt.Errorf("--listen %s is not the loopback, and auth.method trust lets anybody in", listen)
		}
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	for _, w := range l.warnings {
		logger.Warn(w)
	}
	g, err := newGateway(l, logger)
	if err != nil {
		return err
	}
	return g.run(cmd.Context(), func(ctx context.Context, address string) {
		fmt.Fprintf(cmd.OutOrStdout(), "gateway: ready on %s, database %s\n", address, l.config.Database)
		g.watch(ctx, path)
	})
}
