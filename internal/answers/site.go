package answers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/mysql"
	"github.com/sqlgateway/gateway/backends/objectstore"
	"github.com/sqlgateway/gateway/backends/postgres"
	"github.com/sqlgateway/gateway/backends/sqlite"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/translate"
)

// database is the name that the gateways serve.
const database = "answers"

// Site is tables laid down in sources of every kind, and the oracles.
type Site struct {
	Tables []*Table
	Types  *TypeMap

	postgres, mysql string // of the servers
	folder          string
	name            string // of the databases, of this process alone
	databases       []string
}

// Service is where the real servers are.
type Service struct {
	Postgres string // URL
	MariaDB  string // the driver's DSN
}

// NewSite lays the tables down in every kind that the placements use. Folder is
// scratch.
func NewSite(ctx context.Context, service Service, folder, name string, tables []*Table, types *TypeMap, placements []Placement) (*Site, error) {
	s := &Site{
		Tables: tables, Types: types, postgres: service.Postgres, mysql: service.MariaDB, folder: folder,
		name: fmt.Sprintf("answers_%s_%d", name, os.Getpid()),
	}
	if err := generate(ctx, s.postgres, tables); err != nil {
		return s, err
	}
	for _, kind := range kinds(placements, tables) {
		if err := s.load(ctx, kind, placements); err != nil {
			return s, fmt.Errorf("laying the tables down in %s: %w", kind, err)
		}
	}
	return s, nil
}

// placedIn are the tables that some placement puts in a kind.
func (s *Site) placedIn(kind string, placements []Placement) []*Placed {
	var placed []*Placed
	for i, t := range s.Tables {
		for _, p := range placements {
			if p.kindOf(i, t.Name) == kind {
				placed = append(placed, t.Place(kind, s.Types))
				break
			}
		}
	}
	return placed
}

func (s *Site) load(ctx context.Context, kind string, placements []Placement) error {
	placed := s.placedIn(kind, placements)
	folder := filepath.Join(s.folder, kind)
	switch kind {
	case "postgres":
		s.databases = append(s.databases, s.name)
		return createDatabase(ctx, s.postgres, s.name, placed, func(c PlacedColumn) string { return c.Native }, remoteName)
	case "mysql":
		return loadMySQL(ctx, s.mysql, s.name, placed)
	case "sqlite":
		return loadSQLite(ctx, filepath.Join(s.folder, "answers.db"), placed)
	case "csv":
		return loadText(folder, "csv", placed, writeCSV)
	case "json_lines":
		return loadText(folder, "jsonl", placed, writeJSONLines)
	case "parquet":
		return loadParquet(ctx, folder, placed)
	case "delta":
		return loadDelta(ctx, folder, placed)
	case "mem":
		return nil
	default:
		return fmt.Errorf("unknown kind %q", kind)
	}
}

// config is the server of a kind.
func (s *Site) config(kind string, placed []*Placed) backends.Config {
	switch kind {
	case "postgres":
		cfg := postgres.NewConfig()
		cfg.DSN = backends.NewDSN(databaseURL(s.postgres, s.name))
		return cfg
	case "mysql":
		cfg := mysql.NewConfig()
		cfg.DSN, cfg.TinyInt1IsBool = backends.NewDSN(mysqlDSN(s.mysql, s.name)), true
		return cfg
	case "sqlite":
		cfg := sqlite.NewConfig()
		cfg.Location = filepath.Join(s.folder, "answers.db")
		return cfg
	case "delta":
		return deltaConfig(filepath.Join(s.folder, kind))
	case "mem":
		return memConfig(placed)
	default:
		return filesConfig(filepath.Join(s.folder, kind), objectstore.Format(kind), placed)
	}
}

// Open starts a gateway and an oracle for a placement, and gives the oracle's URL.
func (s *Site) Open(ctx context.Context, p *Placement) (g *Gateway, oracle string, err error) {
	placed := p.place(s.Tables, s.Types)
	name := s.name + "_" + p.Name
	s.databases = append(s.databases, name)
	err = createDatabase(ctx, s.postgres, name, placed, func(c PlacedColumn) string { return c.Type }, func(t *Table) string { return t.Name })
	if err != nil {
		return nil, "", fmt.Errorf("making the oracle of %s: %w", p.Name, err)
	}
	definition := &catalog.Definition{
		Database: database, DefaultServer: p.Default, Servers: map[string]backends.Config{}, Tables: map[string]catalog.Mapping{},
	}
	byKind := map[string][]*Placed{p.Default: nil}
	for _, t := range placed {
		byKind[t.Kind] = append(byKind[t.Kind], t)
		definition.Tables["public."+t.Name] = catalog.Mapping{Server: t.Kind, Remote: s.remote(t), Keys: t.Keys()}
	}
	for kind, tables := range byKind {
		if kind != "" {
			definition.Servers[kind] = s.config(kind, tables)
		}
	}
	g, err = StartGateway(definition, s.folder)
	return g, databaseURL(s.postgres, name), err
}

func (s *Site) remote(t *Placed) translate.RemoteName {
	name := translate.RemoteName{Name: remoteName(t.Table)}
	switch t.Kind {
	case "postgres":
		name.Schema = "public"
	case "mysql":
		name.Schema = s.name
	case "sqlite", "mem":
		name.Schema = "main"
	}
	return name
}

// Close removes what is not in the scratch folder.
func (s *Site) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	for _, name := range s.databases {
		errs = append(errs, dropDatabase(ctx, s.postgres, name))
	}
	if s.mysql != "" {
		errs = append(errs, dropMySQL(ctx, s.mysql, s.name))
	}
	return errors.Join(errs...)
}
