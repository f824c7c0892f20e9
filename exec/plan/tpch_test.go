package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/translate"
)

// tpchTables are the columns of the TPC-H schema that the queries use, with the
// row counts of scale factor 1.
var tpchTables = []struct {
	rows float64
	ddl  string
}{
	{5, `CREATE TABLE region (r_regionkey int primary key, r_name char(25) not null, r_comment varchar(152))`},
	{25, `CREATE TABLE nation (n_nationkey int primary key, n_name char(25) not null, n_regionkey int not null, n_comment varchar(152))`},
	{200000, `CREATE TABLE part (p_partkey int primary key, p_name varchar(55) not null, p_mfgr char(25) not null, p_brand char(10) not null,
		p_type varchar(25) not null, p_size int not null, p_container char(10) not null, p_retailprice numeric(15,2) not null, p_comment varchar(23) not null)`},
	{10000, `CREATE TABLE supplier (s_suppkey int primary key, s_name char(25) not null, s_address varchar(40) not null, s_nationkey int not null,
		s_phone char(15) not null, s_acctbal numeric(15,2) not null, s_comment varchar(101) not null)`},
	{800000, `CREATE TABLE partsupp (ps_partkey int not null, ps_suppkey int not null, ps_availqty int not null, ps_supplycost numeric(15,2) not null,
		ps_comment varchar(199) not null, primary key (ps_partkey, ps_suppkey))`},
	{150000, `CREATE TABLE customer (c_custkey int primary key, c_name varchar(25) not null, c_address varchar(40) not null, c_nationkey int not null,
		c_phone char(15) not null, c_acctbal numeric(15,2) not null, c_mktsegment char(10) not null, c_comment varchar(117) not null)`},
	{1500000, `CREATE TABLE orders (o_orderkey int primary key, o_custkey int not null, o_orderstatus char(1) not null, o_totalprice numeric(15,2) not null,
		o_orderdate date not null, o_orderpriority char(15) not null, o_clerk char(15) not null, o_shippriority int not null, o_comment varchar(79) not null)`},
	{6000000, `CREATE TABLE lineitem (l_orderkey int not null, l_partkey int not null, l_suppkey int not null, l_linenumber int not null,
		l_quantity numeric(15,2) not null, l_extendedprice numeric(15,2) not null, l_discount numeric(15,2) not null, l_tax numeric(15,2) not null,
		l_returnflag char(1) not null, l_linestatus char(1) not null, l_shipdate date not null, l_commitdate date not null, l_receiptdate date not null,
		l_shipinstruct char(25) not null, l_shipmode char(10) not null, l_comment varchar(44) not null, primary key (l_orderkey, l_linenumber))`},
}

// tpchCatalog puts the tables on servers that server chooses.
func tpchCatalog(t testing.TB, server func(table string) string) *testCatalog {
	c := &testCatalog{tables: map[string]*translate.Table{}}
	for _, table := range tpchTables {
		name := strings.Fields(table.ddl)[2]
		c.create(t, table.ddl, server(name), table.rows)
	}
	return c
}

// tpchQueries reads the 22 queries.
func tpchQueries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../testdata/tpch/q*.sql")
	if err != nil || len(files) != 22 {
		t.Fatalf("%d queries, %v", len(files), err)
	}
	queries := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		queries[strings.TrimSuffix(filepath.Base(f), ".sql")] = strings.TrimSuffix(strings.TrimSpace(string(text)), ";")
	}
	return queries
}

// TestTPCH plans every query over files and over two servers: no sub-query may be
// left to run for each row, and no join without an equality but where a query has
// one row on a side.
func TestTPCH(t *testing.T) {
	placements := map[string]func(string) string{
		"files": func(string) string { return "lake" },
		"two":   func(table string) string { return map[bool]string{true: "pg1", false: "lake"}[table < "nz"] },
	}
	for name, query := range tpchQueries(t) {
		for placement, server := range placements {
			t.Run(placement+"/"+name, func(t *testing.T) {
				text := explained(t, tpchCatalog(t, server), query, plan.PushOn)
				if testing.Verbose() {
					t.Log("\n" + text)
				}
				if strings.Contains(text, "apply:") {
					t.Errorf("a sub-query runs for each row:\n%s", text)
				}
				if strings.HasPrefix(text, "error") {
					t.Error(text)
				}
			})
		}
	}
}
