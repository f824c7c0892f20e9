package bind_test

import (
	"context"
	"os"
	"testing"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// testCatalog is one schema, "bind_test", made from CREATE TABLE statements.
type testCatalog struct{ tables map[string]*translate.Table }

func (c *testCatalog) Relation(_ context.Context, schema, name string) (*translate.Table, error) {
	if schema != "bind_test" {
		return nil, nil
	}
	return c.tables[name], nil
}

func (c *testCatalog) HasSchema(_ context.Context, schema string) bool { return schema == "bind_test" }

func (c *testCatalog) SearchPath() []string { return []string{"pg_catalog", "bind_test"} }

func loadCatalog(t testing.TB, path string) (*testCatalog, string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stmts, err := translate.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &testCatalog{tables: map[string]*translate.Table{}}
	for i, s := range stmts {
		create, ok := s.Node.(*translate.CreateStmt)
		if !ok {
			continue
		}
		c.tables[create.Relation.Name] = tableOf(t, create, uint32(20000+i))
	}
	return c, string(text)
}

func tableOf(t testing.TB, create *translate.CreateStmt, oid uint32) *translate.Table {
	t.Helper()
	out := &translate.Table{OID: oid, Schema: "bind_test", Name: create.Relation.Name, Kind: translate.OrdinaryTable, Rows: -1}
	for _, element := range create.Columns {
		typ, err := bind.ResolveType(element.Type)
		if err != nil {
			t.Fatal(err)
		}
		col := translate.TableColumn{Name: element.Name, Type: typ, Collation: pgbuiltin.TypeByOID(typ.OID).Collation}
		for _, k := range element.Constraints {
			if k.Kind == translate.ConstraintPrimary {
				out.PrimaryKey, out.Keys = true, [][]int{{len(out.Columns)}}
				col.NotNull = true
			}
			col.NotNull = col.NotNull || k.Kind == translate.ConstraintNotNull
		}
		out.Columns = append(out.Columns, col)
	}
	for _, k := range create.Constraints {
		if k.Kind == translate.ConstraintPrimary {
			var key []int
			for _, name := range k.Keys {
				key = append(key, out.ColumnIndex(name))
			}
			out.PrimaryKey, out.Keys = true, [][]int{key}
		}
	}
	return out
}
