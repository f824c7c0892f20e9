package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newDemoCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve a small shop from embedded sources, to try things out",
		Long: `Writes a small shop into a temporary folder and serves it, on the loopback only:
customers and accounts in SQLite, a million orders in Parquet, products in CSV, clicks
in JSON lines. The folder is removed at the end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout(), listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:7432", "where clients connect, host:port")
	return cmd
}

// demoConfig is the configuration of the demo: where it listens, and the folder of its files.
const demoConfig = `
listen: %q
database: shop
auth: {method: trust}
default_server: scratch
servers:
  scratch: {kind: sqlite, location: scratch.db}
  crm:  {kind: sqlite, location: crm.db}
  lake: {kind: object_store, url: %q}
schemas:
  crm: {server: crm, remote: main}
tables:
  lake.orders:   {server: lake, path: orders/, keys: [order_id]}
  lake.products: {server: lake, path: products.csv}
  lake.clicks:   {server: lake, path: clicks.jsonl}
`

func demo(ctx context.Context, out io.Writer, listen string) error {
	folder, err := os.MkdirTemp("", "gateway-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer os.RemoveAll(folder)
	fmt.Fprintln(out, "gateway: writing the demo's data …")
	if err := writeDemo(ctx, folder); err != nil {
		return fmt.Errorf("writing the demo's data: %w", err)
	}
	lake := "file://" + filepath.ToSlash(filepath.Join(folder, "lake"))
	l, err := parseConfig(filepath.Join(folder, "demo.yaml"), fmt.Appendf(nil, demoConfig, listen, lake))
	if err != nil {
		return err
	}
	g, err := newGateway(l, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	return g.run(ctx, func(_ context.Context, address string) { describeDemo(out, address) })
}
