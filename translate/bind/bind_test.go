package bind_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// column is what a statement's description says of a result column.
type column struct {
	name   string
	oid    uint32
	typmod int32
	attr   int16 // of the table column that it is
}

// description is what binding finds: result columns and parameters, or an error.
type description struct {
	columns []column
	params  []uint32
	err     *pgerr.Error
}

func typeName(oid uint32) string {
	if t := pgbuiltin.TypeByOID(oid); t != nil {
		return t.Name
	}
	return "row" // the row type of a table of the test
}

func (d description) String() string {
	var b strings.Builder
	if d.err != nil {
		fmt.Fprintf(&b, "error %s at %d: %s\n", d.err.Code, d.err.Position, d.err.Message)
		if d.err.Detail != "" {
			fmt.Fprintf(&b, "detail: %s\n", d.err.Detail)
		}
		if d.err.Hint != "" {
			fmt.Fprintf(&b, "hint: %s\n", d.err.Hint)
		}
		return b.String()
	}
	for _, c := range d.columns {
		fmt.Fprintf(&b, "%s %s", c.name, typeName(c.oid))
		if c.typmod >= 0 {
			fmt.Fprintf(&b, "(%d)", c.typmod)
		}
		if c.attr != 0 {
			fmt.Fprintf(&b, " #%d", c.attr)
		}
		b.WriteByte('\n')
	}
	for i, p := range d.params {
		fmt.Fprintf(&b, "$%d %s\n", i+1, typeName(p))
	}
	if b.Len() == 0 {
		return "ok\n"
	}
	return b.String()
}

// describe binds a text as Parse does.
func describe(catalog bind.Catalog, text string) (d description, bound translate.Statement) {
	stmts, err := translate.Parse(text)
	if err != nil {
		return description{err: pgerr.From(err)}, nil
	}
	if len(stmts) != 1 {
		return description{err: pgerr.Internal("%d statements", len(stmts))}, nil
	}
	bound, params, err := bind.Bind(context.Background(), stmts[0].Node, text, bind.Options{Catalog: catalog, Style: pgtypes.DefaultStyle()})
	if err != nil {
		return description{err: pgerr.From(err)}, nil
	}
	d.params = params
	for _, o := range outputOf(bound) {
		d.columns = append(d.columns, column{o.Name, o.Type.OID, o.Type.Typmod, o.Attr})
	}
	return d, bound
}

func outputOf(s translate.Statement) []translate.OutputColumn {
	var r *translate.Returning
	switch s := s.(type) {
	case *translate.Query:
		return s.Output
	case *translate.Insert:
		r = s.Returning
	case *translate.Update:
		r = s.Returning
	case *translate.Delete:
		r = s.Returning
	}
	if r == nil {
		return nil
	}
	return r.Output
}

// TestCases binds every statement of testdata/cases and compares what a client
// would be told with what PostgreSQL 15 says: the expected texts are the server's
// (see TestServer).
func TestCases(t *testing.T) {
	catalog, _ := loadCatalog(t, "testdata/schema.sql")
	datadriven.Walk(t, "testdata/cases", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			d, bound := describe(catalog, td.Input)
			if bound != nil {
				if err := wellFormed(bound); err != nil {
					t.Errorf("%s: %s: %s", td.Pos, td.Input, err)
				}
			}
			return d.String()
		})
	})
}

// TestTrees holds the typed trees of a few statements to goldens.
func TestTrees(t *testing.T) {
	catalog, _ := loadCatalog(t, "testdata/schema.sql")
	datadriven.RunTest(t, "testdata/trees/trees", func(_ *testing.T, td *datadriven.TestData) string {
		d, bound := describe(catalog, td.Input)
		if bound == nil {
			return d.String()
		}
		return translate.Format(bound)
	})
}

// TestServer holds the expected texts of testdata/cases to a real server; with
// -rewrite it writes them. Statements that the gateway does not support are in
// testdata/unsupported and are not compared.
func TestServer(t *testing.T) {
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: no PostgreSQL to compare with")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, schema := loadCatalog(t, "testdata/schema.sql")
	const name = "bind_test"
	for _, text := range []string{
		"drop schema if exists " + name + " cascade", "create schema " + name, "set search_path = " + name, "set client_min_messages = error", schema,
	} {
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	defer func() { _, _ = conn.Exec(ctx, "drop schema "+name+" cascade") }()
	datadriven.Walk(t, "testdata/cases", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			return describeByServer(ctx, t, conn, td.Input).String()
		})
	})
}

func describeByServer(ctx context.Context, t *testing.T, conn *pgx.Conn, text string) description {
	s, err := conn.PgConn().Prepare(ctx, "", text, nil)
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return description{err: &pgerr.Error{Code: pe.Code, Message: pe.Message, Detail: pe.Detail, Hint: pe.Hint, Position: int(pe.Position)}}
	}
	if err != nil {
		t.Fatal(err)
	}
	d := description{params: s.ParamOIDs}
	for _, f := range s.Fields {
		c := column{name: f.Name, oid: f.DataTypeOID, typmod: f.TypeModifier}
		if f.TableOID != 0 {
			c.attr = int16(f.TableAttributeNumber)
		}
		d.columns = append(d.columns, c)
	}
	return d
}
