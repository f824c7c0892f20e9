package plan_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/postgres"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/operator"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// answersSchema has small tables with NULLs, duplicates and gaps, which tell joins
// and sub-queries apart.
const answersSchema = `
CREATE TABLE t (id int primary key, k int, v int, s text, n numeric(8,2));
CREATE TABLE u (id int primary key, k int, v int not null, s text, n numeric(8,2));
CREATE TABLE w (a int not null, b int not null, k int, v int, primary key (a, b));`

const answersRows = `
INSERT INTO t SELECT i, nullif(i % 7, 3), nullif(i % 5, 4), nullif('s' || i % 4, 's2'), nullif(i * 1.25, 12.5) FROM generate_series(1, 40) i;
INSERT INTO u SELECT i, nullif(i % 9, 5), i % 6, nullif('s' || i % 5, 's1'), i * 0.75 FROM generate_series(3, 33) i;
INSERT INTO w SELECT i % 8, i, nullif(i % 4, 1), nullif(i % 3, 2) FROM generate_series(1, 24) i;`

// answers is a database, and the gateway's parts over it.
type answers struct {
	conn    *pgx.Conn
	backend *postgres.Backend
	catalog map[string]*testCatalog // by placement
}

func newAnswers(t *testing.T) *answers {
	t.Helper()
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	setup := "DROP SCHEMA IF EXISTS plan_answers CASCADE; CREATE SCHEMA plan_answers; SET search_path = plan_answers; SET timezone = 'UTC';"
	if _, err := conn.Exec(ctx, setup+answersSchema+answersRows, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	cfg := postgres.NewConfig()
	cfg.DSN = backends.NewDSN(url)
	a := &answers{conn: conn, backend: postgres.Open(cfg, backends.Env{}), catalog: map[string]*testCatalog{}}
	t.Cleanup(func() { _ = a.backend.Close() })
	for placement, servers := range map[string][3]string{
		"one": {"pg1", "pg1", "pg1"}, "two": {"pg1", "pg2", "pg1"}, "mixed": {"pg1", "lake", "pg1"}, "files": {"lake", "lake", "lake"},
	} {
		c := &testCatalog{tables: map[string]*translate.Table{}}
		for i, ddl := range strings.SplitAfter(strings.TrimSpace(answersSchema), ";") {
			if strings.TrimSpace(ddl) != "" {
				c.create(t, ddl, servers[i], []float64{40, 31, 24}[i])
			}
		}
		for _, table := range c.tables {
			table.Remote.Schema = "plan_answers"
		}
		a.catalog[placement] = c
	}
	return a
}

// OpenSource implements operator.Sources: scans read the whole table, as a source
// without SQL that ignores predicates may.
func (a *answers) OpenSource(ctx context.Context, _ *plan.Source, f backends.Fragment) (array.RecordReader, error) {
	if s := f.Scan; s != nil {
		names := make([]string, len(f.Output))
		for i, c := range f.Output {
			names[i] = `"` + c.Name + `"`
		}
		sql := "SELECT " + strings.Join(names, ", ") + ` FROM plan_answers."` + s.Table.Name + `"`
		if s.Limit >= 0 && len(s.Predicates) == 0 {
			sql += fmt.Sprintf(" LIMIT %d", s.Limit)
		}
		f.Scan, f.Query = nil, &backends.QueryFragment{SQL: sql}
	}
	return a.backend.Read(ctx, f)
}

// Partitions implements operator.Sources.
func (*answers) Partitions(context.Context, *plan.Source, backends.Fragment, int) ([]backends.Partition, error) {
	return nil, nil
}

// postgres gives the server's own answer: its rows as text, sorted, or SQLSTATE.
func (a *answers) postgres(sql string) []string {
	results, err := a.conn.PgConn().Exec(context.Background(), sql).ReadAll()
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		return []string{"error " + failed.Code}
	}
	if err != nil {
		return []string{err.Error()}
	}
	var rows []string
	for _, row := range results[0].Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = "NULL"
			if v != nil {
				cells[i] = string(v)
			}
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	sort.Strings(rows)
	return rows
}

// gateway plans a query and runs it.
func (a *answers) gateway(t *testing.T, placement, sql string, mode plan.Pushdown) (rows []string, shown string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	failed := func(err error) []string { return []string{"error " + pgerr.Code(err)} }
	query := bound(t, a.catalog[placement], sql).(*translate.Query)
	env := testEnv(mode)
	evalContext := &eval.Context{Context: ctx, Style: pgtypes.DefaultStyle()}
	env.Fold = func(e translate.Expr) (translate.Expr, error) {
		v, err := eval.Value(e, evalContext)
		if code := pgerr.Code(err); code == pgerr.FeatureNotSupported || code == pgerr.InternalError {
			return e, nil
		}
		return &translate.Const{Typed: translate.Typed{Typ: e.Type(), Coll: e.Collation()}, Value: v}, err
	}
	p, err := plan.Build(query, env)
	if err != nil {
		return failed(err), err.Error()
	}
	shown = strings.Join(plan.Explain(p, plan.ExplainOptions{}, nil), "\n")
	result, err := operator.Run(ctx, p, operator.Env{Sources: a, Eval: *evalContext, Workers: 2})
	if err != nil {
		return failed(err), shown + "\n" + err.Error()
	}
	defer result.Close()
	for {
		batch, err := result.Next()
		if err != nil {
			return failed(err), shown + "\n" + err.Error()
		}
		if batch == nil {
			break
		}
		for r := range int(batch.NumRows()) {
			cells := make([]string, batch.NumCols())
			for c, out := range query.Output {
				v, err := pgtypes.DatumFromArrow(batch.Column(c), r, out.Type)
				if err != nil {
					t.Fatal(err)
				}
				cells[c] = "NULL"
				if v != nil {
					cells[c] = pgtypes.Text(out.Type, v, pgtypes.DefaultStyle())
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
		batch.Release()
	}
	sort.Strings(rows)
	return rows, shown
}

// compare runs one query everywhere and reports answers that are not Postgres's.
func (a *answers) compare(t *testing.T, sql string) {
	t.Helper()
	want := strings.Join(a.postgres(sql), "\n")
	for placement := range a.catalog {
		for name, mode := range modes {
			if placement == "files" && name != "on" || placement == "one" && name == "off" {
				continue
			}
			rows, shown := a.gateway(t, placement, sql, mode)
			if got := strings.Join(rows, "\n"); got != want {
				t.Errorf("%s, placement %s, pushdown %s\ngot:\n%s\nwant:\n%s\nplan:\n%s", sql, placement, name, got, want, shown)
				return
			}
		}
	}
}

// TestAnswers compares the queries of testdata/answers.sql, one a paragraph.
func TestAnswers(t *testing.T) {
	text, err := os.ReadFile("testdata/answers.sql")
	if err != nil {
		t.Fatal(err)
	}
	a := newAnswers(t)
	for i, sql := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		t.Run(fmt.Sprint(i), func(t *testing.T) { a.compare(t, sql) })
	}
}

// TestRandomAnswers compares queries put together at random. PLAN_SEED repeats a
// run.
func TestRandomAnswers(t *testing.T) {
	a := newAnswers(t)
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("PLAN_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("PLAN_SEED=%d", seed)
	g := &queryMaker{r: rand.New(rand.NewPCG(seed, 1))}
	for range 150 {
		sql := g.query()
		a.compare(t, sql)
		if t.Failed() {
			return
		}
	}
}
