package bind_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// TestCorpus binds the TPC-H queries below the folder that GATEWAY_CORPORA names,
// one a file, and compares with a server when there is one.
func TestCorpus(t *testing.T) {
	root := os.Getenv("GATEWAY_CORPORA")
	if root == "" {
		t.Skip("GATEWAY_CORPORA names no folder with the TPC-H queries")
	}
	folder, schemaFile := filepath.Join(root, "benchmarks", "tpch-datafusion"), filepath.Join("testdata", "tpch.sql")
	catalog, schema := loadCatalog(t, schemaFile)
	conn := corpusServer(t, schema)
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no queries in %s", folder)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			stmts, err := translate.Parse(string(text))
			if err != nil {
				t.Skip(err)
			}
			for _, s := range stmts {
				d, bound := describe(catalog, s.Text)
				if bound != nil {
					if err := wellFormed(bound); err != nil {
						t.Errorf("%s\n%s", s.Text, err)
					}
				}
				if conn == nil {
					if d.err != nil {
						t.Errorf("%s\n%s", s.Text, d)
					}
					continue
				}
				if want := describeByServer(context.Background(), t, conn, s.Text); want.String() != d.String() {
					t.Errorf("%s\nours:\n%s\nthe server's:\n%s", s.Text, d, want)
				}
			}
		})
	}
}

// corpusServer makes the schema on the server; nil without one.
func corpusServer(t *testing.T, schema string) *pgx.Conn {
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		return nil
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	const name = "bind_corpus"
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

const minimumCostSupplier = `
select s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
from part, supplier, partsupp, nation, region
where p_partkey = ps_partkey and s_suppkey = ps_suppkey and p_size = 15 and p_type like '%BRASS'
  and s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'EUROPE'
  and ps_supplycost = (
    select min(ps_supplycost) from partsupp, supplier, nation, region
    where p_partkey = ps_partkey and s_suppkey = ps_suppkey and s_nationkey = n_nationkey
      and n_regionkey = r_regionkey and r_name = 'EUROPE')
order by s_acctbal desc, n_name, s_name, p_partkey limit 100`

func BenchmarkBind(b *testing.B) {
	catalog, _ := loadCatalog(b, "testdata/tpch.sql")
	for name, text := range map[string]string{
		"point": "select c_name, c_acctbal from customer where c_custkey = 42", "tpch-q2": minimumCostSupplier,
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
