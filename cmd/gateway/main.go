// Command gateway is a Postgres endpoint over many sources of data.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	var reported *reportedError
	if !errors.As(err, &reported) {
		fmt.Fprintln(os.Stderr, "gateway:", err)
	}
	os.Exit(1)
}

// reportedError ends the program with status 1; what went wrong is printed already.
type reportedError struct{ err error }

func (e *reportedError) Error() string { return e.err.Error() }

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "gateway",
		Short: "One Postgres endpoint for databases, files, Delta tables and streams",
		Long: `gateway speaks the PostgreSQL protocol and answers queries over tables that live
in many places: PostgreSQL, MySQL or MariaDB, SQLite; Parquet, CSV and JSON files
and Delta tables, here or in object stores; Kafka, Kinesis and RabbitMQ.
Point psql, a BI tool or an ORM at it and join them.

  gateway demo                          try it: embedded data, nothing to configure
  gateway serve --config gateway.yaml   serve your own
  gateway check --config gateway.yaml   look for faults first`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.AddCommand(newServeCommand(), newDemoCommand(), newCheckCommand(), newImportCommand(), newHashPasswordCommand(), newSchemaCommand())
	return root
}
