package bind_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// TestTPCH binds the queries of TPC-H, and compares with a server when there is one.
func TestTPCH(t *testing.T) {
	catalog, schema := loadCatalog(t, filepath.Join("testdata", "tpch.sql"))
	conn := tpchServer(t, schema)
	files, err := filepath.Glob(filepath.Join(tpchFolder, "q*.sql"))
	if err != nil || len(files) != 22 {
		t.Fatalf("%d queries in %s, %v", len(files), tpchFolder, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := readQuery(t, file)
			d, bound := describe(catalog, text)
			if bound != nil {
				if err := wellFormed(bound); err != nil {
					t.Errorf("%s\n%s", text, err)
				}
			}
			if conn == nil {
				if d.err != nil {
					t.Errorf("%s\n%s", text, d)
				}
				return
			}
			if want := describeByServer(context.Background(), t, conn, text); want.String() != d.String() {
				t.Errorf("%s\nours:\n%s\nthe server's:\n%s", text, d, want)
			}
		})
	}
}

const tpchFolder = "../../testdata/tpch"

func readQuery(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimSpace(string(text)), ";")
}

// tpchServer makes the schema on the server; nil without one.
func tpchServer(t *testing.T, schema string) *pgx.Conn {
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		return nil
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	const name = "bind_tpch"
	for _, text := range []string{"drop schema if exists " + name + " cascade", "create schema " + name, "set search_path = " + name, schema} {
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = conn.Exec(ctx, "drop schema "+name+" cascade")
		_ = conn.Close(ctx)
	})
	return conn
}

func BenchmarkBind(b *testing.B) {
	catalog, _ := loadCatalog(b, "testdata/tpch.sql")
	for name, text := range map[string]string{
		"point": "select c_name, c_acctbal from customer where c_custkey = 42", "tpch-q2": readQuery(b, filepath.Join(tpchFolder, "q02.sql")),
	} {
		stmts, err := translate.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := bind.Bind(context.Background(), stmts[0].Node, text, bind.Options{Catalog: catalog, Style: pgtypes.DefaultStyle()}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
