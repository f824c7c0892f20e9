package plan_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
	"github.com/sqlgateway/gateway/translate/postgres"
)

// testCatalog is one schema, "public", of tables on several servers: those named
// pg* speak Postgres's SQL, the others only scan.
type testCatalog struct{ tables map[string]*translate.Table }

func (c *testCatalog) Relation(_ context.Context, schema, name string) (*translate.Table, error) {
	if schema != "public" {
		return nil, nil
	}
	return c.tables[name], nil
}

func (c *testCatalog) HasSchema(_ context.Context, schema string) bool { return schema == "public" }
func (c *testCatalog) SearchPath() []string                            { return []string{"pg_catalog", "public"} }

// create adds the tables of CREATE TABLE statements to a server.
func (c *testCatalog) create(t testing.TB, ddl, server string, rows float64) {
	t.Helper()
	stmts, err := translate.Parse(ddl)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stmts {
		create, ok := s.Node.(*translate.CreateStmt)
		if !ok {
			continue
		}
		name := create.Relation.Name
		table := &translate.Table{
			OID: uint32(20000 + len(c.tables)), Schema: "public", Name: name, Kind: translate.OrdinaryTable,
			Rows: rows, Server: server, Remote: translate.RemoteName{Schema: "remote", Name: name},
		}
		for _, element := range create.Columns {
			addColumn(t, table, element)
		}
		for _, k := range create.Constraints {
			if k.Kind == translate.ConstraintPrimary {
				var key []int
				for _, column := range k.Keys {
					key = append(key, table.ColumnIndex(column))
				}
				table.PrimaryKey, table.Keys = true, [][]int{key}
			}
		}
		c.tables[name] = table
	}
}

func addColumn(t testing.TB, table *translate.Table, element *translate.ColumnDef) {
	t.Helper()
	typ, err := bind.ResolveType(element.Type)
	if err != nil {
		t.Fatal(err)
	}
	column := translate.TableColumn{
		Name: element.Name, Type: typ, Collation: pgbuiltin.TypeByOID(typ.OID).Collation,
		Facts: &translate.ColumnFacts{Collation: "C", Verified: true, NullFraction: -1},
	}
	for _, k := range element.Constraints {
		if k.Kind == translate.ConstraintPrimary {
			table.PrimaryKey, table.Keys = true, [][]int{{len(table.Columns)}}
			column.NotNull = true
		}
		column.NotNull = column.NotNull || k.Kind == translate.ConstraintNotNull
	}
	table.Columns = append(table.Columns, column)
}

func testEnv(mode plan.Pushdown) plan.Env {
	dialect := postgres.New(translate.Version{Major: 15})
	return plan.Env{
		Pushdown: mode,
		Domain: func(server string) plan.Domain {
			if strings.HasPrefix(server, "pg") {
				return plan.Domain{Kind: "postgres", Dialect: dialect}
			}
			return plan.Domain{Kind: "object_store", Predicates: true, Limits: true}
		},
	}
}

func bound(t testing.TB, c *testCatalog, sql string) translate.Statement {
	t.Helper()
	stmts, err := translate.Parse(sql)
	if err != nil {
		t.Fatalf("parsing %s: %v", sql, err)
	}
	stmt, _, err := bind.Bind(context.Background(), stmts[0].Node, sql, bind.Options{Catalog: c, Style: pgtypes.DefaultStyle()})
	if err != nil {
		t.Fatalf("binding %s: %v", sql, err)
	}
	return stmt
}

func explained(t testing.TB, c *testCatalog, sql string, mode plan.Pushdown) string {
	t.Helper()
	query, ok := bound(t, c, sql).(*translate.Query)
	if !ok {
		t.Fatalf("%s is no query", sql)
	}
	p, err := plan.Build(query, testEnv(mode))
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	return strings.Join(plan.Explain(p, plan.ExplainOptions{}, nil), "\n") + "\n"
}

var modes = map[string]plan.Pushdown{"off": plan.PushOff, "safe": plan.PushSafe, "on": plan.PushOn}

// TestPlans runs testdata/plans: "tables server=s rows=n" creates tables, "plan
// [pushdown=off|safe|on]" shows the plan of a query.
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata/plans", func(t *testing.T, path string) {
		c := &testCatalog{tables: map[string]*translate.Table{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "tables":
				var server, rows string
				d.ScanArgs(t, "server", &server)
				d.ScanArgs(t, "rows", &rows)
				n, err := strconv.ParseFloat(rows, 64)
				if err != nil {
					d.Fatalf(t, "rows=%s: %v", rows, err)
				}
				c.create(t, d.Input, server, n)
				return ""
			case "plan":
				mode := "on"
				d.MaybeScanArgs(t, "pushdown", &mode)
				return explained(t, c, d.Input, modes[mode])
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}
