package plan_test

import (
	"context"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// minimumCost has the shape of TPC-H's second query: five relations joined and a
// correlated minimum over four of them.
const minimumCost = `SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
FROM part, supplier, partsupp, nation, region
WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 11 AND p_type LIKE '%TIN'
AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'ASIA'
AND ps_supplycost = (SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region
  WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey
  AND n_regionkey = r_regionkey AND r_name = 'ASIA')
ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 50`

func BenchmarkPlan(b *testing.B) {
	everywhere := func(server string) func(string) string { return func(string) string { return server } }
	split := func(table string) string {
		if table < "nz" {
			return "pg1"
		}
		return "lake"
	}
	for _, bench := range []struct {
		name, sql string
		server    func(string) string
	}{
		{"point", "SELECT o_orderkey, o_totalprice FROM orders WHERE o_orderkey = $1", everywhere("pg1")},
		{"minimum cost, one server", minimumCost, everywhere("pg1")},
		{"minimum cost, files", minimumCost, everywhere("lake")},
		{"minimum cost, both", minimumCost, split},
	} {
		c := tpchCatalog(b, bench.server)
		env := testEnv(plan.PushOn)
		stmts, err := translate.Parse(bench.sql)
		if err != nil {
			b.Fatal(err)
		}
		options := bind.Options{Catalog: c, Style: pgtypes.DefaultStyle()}
		b.Run(bench.name+"/bind", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := bind.Bind(context.Background(), stmts[0].Node, bench.sql, options); err != nil {
					b.Fatal(err)
				}
			}
		})
		query := bound(b, c, bench.sql).(*translate.Query)
		b.Run(bench.name+"/plan", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := plan.Build(query, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
