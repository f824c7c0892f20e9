package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
)

type importOptions struct {
	config  string
	server  string
	schemas []string
	like    string
	as      string
	timeout time.Duration
}

func newImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import --config FILE SERVER",
		Short: "Print configuration for the tables that a server has",
		Long: `Print YAML that maps each table of a server, to paste into the configuration.

Where columns are inferred from data (files, topics, queues), their names and types are
printed too: pasted below the server, they no longer change with the data.

  gateway import --config gateway.yaml lake
  gateway import --config gateway.yaml sales --schema public --like 'order*'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.server = args[0]
			return importTables(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), o)
		},
	}
	cmd.Flags().StringVarP(&o.config, "config", "c", "gateway.yaml", "the configuration file")
	cmd.Flags().StringSliceVar(&o.schemas, "schema", nil, "the server's schemas, folders or the like; all by default")
	cmd.Flags().StringVar(&o.like, "like", "*", "only tables whose name matches this pattern of * and ?")
	cmd.Flags().StringVar(&o.as, "as", "", "the schema that clients will see; the server's name by default")
	cmd.Flags().DurationVar(&o.timeout, "timeout", time.Minute, "bounds the questions to the server")
	return cmd
}

// imported is the document: parts of a configuration.
type imported struct {
	Servers map[string]importedServer `json:"servers,omitempty"`
	Tables  yaml.MapSlice             `json:"tables"`
}

type importedServer struct {
	Tables []any `json:"tables"`
}

func importTables(ctx context.Context, out, problems io.Writer, o importOptions) error {
	if _, err := path.Match(o.like, ""); err != nil {
		return fmt.Errorf("--like %q: %w", o.like, err)
	}
	l, err := loadConfig(o.config)
	if err != nil {
		fmt.Fprintln(problems, err)
		return &reportedError{err}
	}
	cfg := l.definition.Servers[o.server]
	if cfg == nil {
		return fmt.Errorf("%s has no server %q; it has %s", o.config, o.server, strings.Join(slices.Sorted(maps.Keys(l.definition.Servers)), ", "))
	}
	backend, err := backends.Open(cfg, all.Kinds(), backends.Env{Folder: l.folder})
	if err != nil {
		return err
	}
	defer backend.Close()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	found, err := findTables(ctx, backend, o)
	if err != nil {
		return errors.New(messageOf(err))
	}
	document, faults := describeTables(ctx, backend, found, o)
	for _, f := range faults {
		fmt.Fprintln(problems, "gateway:", f)
	}
	return printYAML(out, document)
}

// findTables lists the server's tables that are asked for.
func findTables(ctx context.Context, backend backends.Backend, o importOptions) ([]backends.TableName, error) {
	schemas := o.schemas
	if schemas == nil {
		var err error
		if schemas, err = backend.Schemas(ctx); err != nil {
			return nil, err
		}
	}
	var found []backends.TableName
	for _, schema := range schemas {
		names, err := backend.Tables(ctx, schema)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if ok, _ := path.Match(o.like, name.Name); ok {
				found = append(found, name)
			}
		}
	}
	return found, nil
}

// describeTables makes the document. A table that can not be described is a fault of
// its own and left out.
func describeTables(ctx context.Context, backend backends.Backend, found []backends.TableName, o importOptions) (*imported, []string) {
	schema := o.as
	if schema == "" {
		schema = o.server
	}
	document := &imported{Tables: yaml.MapSlice{}}
	var faults []string
	declarer, declares := backend.(backends.Declarer)
	var declared []any
	for _, name := range found {
		table, err := backend.Describe(ctx, name)
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %s", remoteText(name), messageOf(err)))
			continue
		}
		entry := yaml.MapSlice{{Key: "server", Value: o.server}}
		if declares {
			declared = append(declared, declarer.Declare(table))
			entry = append(entry, yaml.MapItem{Key: "path", Value: path.Join(name.Schema, name.Name)})
		} else {
			entry = append(entry, yaml.MapItem{Key: "remote", Value: remoteText(name)})
		}
		document.Tables = append(document.Tables, yaml.MapItem{Key: schema + "." + path.Base(name.Name), Value: entry})
	}
	if len(declared) > 0 {
		document.Servers = map[string]importedServer{o.server: {Tables: declared}}
	}
	return document, faults
}

func remoteText(name backends.TableName) string {
	if name.Schema == "" {
		return name.Name
	}
	return name.Schema + "." + name.Name
}

// printYAML writes a document by its JSON tags. It says nothing where there is
// nothing to paste.
func printYAML(out io.Writer, document *imported) error {
	parts := yaml.MapSlice{}
	if len(document.Servers) > 0 {
		data, err := json.Marshal(document.Servers)
		if err != nil {
			return err
		}
		var servers yaml.MapSlice
		if err := yaml.UnmarshalWithOptions(data, &servers, yaml.UseOrderedMap()); err != nil {
			return err
		}
		parts = append(parts, yaml.MapItem{Key: "servers", Value: servers})
	}
	if len(document.Tables) == 0 {
		_, err := fmt.Fprintln(out, "# no tables")
		return err
	}
	parts = append(parts, yaml.MapItem{Key: "tables", Value: document.Tables})
	return yaml.NewEncoder(out, yaml.IndentSequence(true)).Encode(parts)
}
