package eval_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// tryFunction runs an expression over each row of a grid and catches its error:
// one answer a row, in order of id.
const tryFunction = `
create or replace function try_rows(expression text, grid text) returns setof text language plpgsql as $$
declare n int; i int; r text;
begin
	execute format('select max(id) from %I', grid) into n;
	for i in 1..n loop
		begin
			execute format('select case when num_nulls(v) = 1 then ''NULL'' else format(''=%%s'', v) end from (select (%s) as v from %I where id = $1 offset 0) s', expression, grid) into r using i;
			return next r;
		exception when others then
			return next format('ERROR %s %s', sqlstate, sqlerrm);
		end;
	end loop;
end $$`

// grid is a table of edge values, both on the server and as vectors.
type grid struct {
	name    string
	table   *translate.Table
	columns []*vector.Vector
	rows    int
}

type gridCatalog map[string]*grid

func (c gridCatalog) Relation(_ context.Context, schema, name string) (*translate.Table, error) {
	if g := c[name]; g != nil && schema == "public" {
		return g.table, nil
	}
	return nil, nil
}
func (c gridCatalog) HasSchema(_ context.Context, schema string) bool { return schema == "public" }
func (c gridCatalog) SearchPath() []string                            { return []string{"pg_catalog", "public"} }

// connect opens the test server with a database of this package's own.
func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: no PostgreSQL to compare with")
	}
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = admin.Exec(ctx, "create database eval_test")
	_ = admin.Close(ctx)
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "eval_test"
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.RuntimeParams["timezone"] = "UTC"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	if _, err := conn.Exec(ctx, tryFunction); err != nil {
		t.Fatal(err)
	}
	return conn
}

// loadGrids makes the tables of testdata/grids.sql and reads them as vectors.
func loadGrids(t *testing.T, conn *pgx.Conn) gridCatalog {
	t.Helper()
	ctx := context.Background()
	text, err := os.ReadFile("testdata/grids.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, string(text)); err != nil {
		t.Fatal(err)
	}
	stmts, err := translate.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	grids := gridCatalog{}
	for i, s := range stmts {
		if create, ok := s.Node.(*translate.CreateStmt); ok {
			grids[create.Relation.Name] = readGrid(t, conn, create, uint32(30000+i))
		}
	}
	return grids
}

func readGrid(t *testing.T, conn *pgx.Conn, create *translate.CreateStmt, oid uint32) *grid {
	t.Helper()
	g := &grid{name: create.Relation.Name, table: &translate.Table{OID: oid, Schema: "public", Name: create.Relation.Name, Kind: translate.OrdinaryTable, Rows: -1}}
	for _, c := range create.Columns {
		typ, err := bind.ResolveType(c.Type)
		if err != nil {
			t.Fatal(err)
		}
		g.table.Columns = append(g.table.Columns, translate.TableColumn{Name: c.Name, Type: typ, Collation: pgtypes.CollationDefault})
		g.columns = append(g.columns, vector.New(typ))
	}
	rows, err := conn.PgConn().Exec(context.Background(), "select * from "+g.name+" order by id").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[0].Rows {
		for k, cell := range row {
			var d pgtypes.Datum
			if cell != nil {
				if d, err = pgtypes.Parse(g.table.Columns[k].Type, string(cell), pgtypes.DefaultStyle()); err != nil {
					t.Fatal(err)
				}
			}
			vector.AppendDatum(g.columns[k], d)
		}
		g.rows++
	}
	return g
}

// testCase is one expression of the corpus.
type testCase struct{ grid, expression, where string }

func readCases(t *testing.T, path string) []testCase {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cases []testCase
	current := ""
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "grid "):
			current = strings.TrimSpace(line[5:])
		default:
			cases = append(cases, testCase{current, line, fmt.Sprintf("%s:%d", path, i+1)})
		}
	}
	return cases
}

func testContext() *eval.Context {
	return &eval.Context{Context: context.Background(), Style: pgtypes.DefaultStyle(), User: "postgres", Database: "eval_test", SearchPath: []string{"public"}}
}

// bound is one expression over a grid.
type bound struct {
	expr    translate.Expr
	program *eval.Program
	batch   *vector.Batch
}

func bindCase(grids gridCatalog, c testCase) (*bound, error) {
	text := "select (" + c.expression + ") as v from " + c.grid
	stmts, err := translate.Parse(text)
	if err != nil {
		return nil, err
	}
	stmt, _, err := bind.Bind(context.Background(), stmts[0].Node, text, bind.Options{Catalog: grids, Style: pgtypes.DefaultStyle()})
	if err != nil {
		return nil, err
	}
	query := stmt.(*translate.Query)
	rel := query.Rel
	project, ok := rel.(*translate.Project)
	if !ok {
		return nil, fmt.Errorf("the statement is a %T, not a Project", rel)
	}
	batch := &vector.Batch{Rows: grids[c.grid].rows}
	env := &eval.Env{Columns: map[translate.ColumnID]int{}}
	for rel = project.Input; len(rel.Inputs()) > 0; {
		rel = rel.Inputs()[0]
	}
	if scan, ok := rel.(*translate.Scan); ok {
		for i, col := range scan.Cols {
			env.Columns[col.ID] = i
			batch.Cols = append(batch.Cols, grids[c.grid].columns[scan.Attrs[i]])
		}
	}
	expr := project.Items[0].Expr
	program, err := eval.Compile(expr, env)
	return &bound{expr, program, batch}, err
}

// answers computes every row by itself, so that an error hides no other row.
func (b *bound) answers(change func(*vector.Batch, int) *vector.Batch) []string {
	out := make([]string, b.batch.Rows)
	for row := range out {
		batch, at := b.batch, row
		if change != nil {
			batch = change(b.batch, row)
			if batch.Rows == 1 {
				at = 0
			}
		}
		if batch.Sel == nil && batch.Rows > 1 {
			batch = &vector.Batch{Rows: batch.Rows, Cols: batch.Cols, Sel: []int32{int32(row)}}
		}
		v, err := b.program.Run(batch, testContext())
		out[row] = answer(v, at, b.expr.Type(), err)
	}
	return out
}

func answer(v *vector.Vector, row int, t pgtypes.Type, err error) string {
	return styledAnswer(v, row, t, err, pgtypes.DefaultStyle())
}

func styledAnswer(v *vector.Vector, row int, t pgtypes.Type, err error, style pgtypes.Style) string {
	if err != nil {
		e := pgerr.From(err)
		return "ERROR " + e.Code + " " + e.Message
	}
	d := vector.Get(v, row)
	if d == nil {
		return "NULL"
	}
	if t.OID == pgtypes.OIDRegtype {
		return "=" + pgtypes.FormatType(pgtypes.Of(uint32(d.(int64))))
	}
	return "=" + pgtypes.Text(t, d, style)
}

// constants gives every column as a constant vector of one row.
func constants(b *vector.Batch, row int) *vector.Batch {
	out := &vector.Batch{Rows: 1}
	for _, c := range b.Cols {
		out.Cols = append(out.Cols, vector.NewConst(c.Type, vector.Get(c, row)))
	}
	return out
}

// dictionaries gives every column as codes into itself.
func dictionaries(b *vector.Batch, row int) *vector.Batch {
	out := &vector.Batch{Rows: b.Rows, Sel: []int32{int32(row)}}
	for _, c := range b.Cols {
		dict := vector.New(c.Type)
		coded := &vector.Vector{Type: c.Type, Null: c.Null, Dict: dict, Codes: make([]int32, b.Rows)}
		for i := range coded.Codes {
			if !c.IsNull(i) { // a NULL's code is any that can be read
				coded.Codes[i] = int32(dict.Len())
				vector.AppendDatum(dict, vector.Get(c, i))
			}
		}
		coded.Form, coded.Scale = dict.Form, dict.Scale
		out.Cols = append(out.Cols, coded)
	}
	return out
}

// TestExpressions compares every case of testdata/expressions.txt with the server,
// value by value and error by error, over plain, constant and dictionary vectors.
func TestExpressions(t *testing.T) {
	conn := connect(t)
	grids := loadGrids(t, conn)
	values, unsupported := 0, 0
	for _, c := range readCases(t, "testdata/expressions.txt") {
		want := serverAnswers(t, conn, c)
		b, err := bindCase(grids, c)
		if err != nil {
			e := pgerr.From(err)
			if len(want) > 0 && want[0] == "ERROR "+e.Code+" "+e.Message {
				values++ // an error of binding is one of every row
				continue
			}
			if e.Code == pgerr.FeatureNotSupported && strings.Contains(e.Message, "not supported yet") {
				unsupported++
			}
			t.Errorf("%s: %s: %v", c.where, c.expression, err)
			continue
		}
		variants := map[string]func(*vector.Batch, int) *vector.Batch{"plain": nil, "constant": constants, "dictionary": dictionaries}
		for name, change := range variants {
			got := b.answers(change)
			for row := range want {
				values++
				if !sameAnswer(got[row], want[row]) {
					t.Errorf("%s: %s, row %d, %s: got %s, want %s", c.where, c.expression, row+1, name, got[row], want[row])
					break
				}
			}
		}
		checkWhole(t, c, b, want)
	}
	t.Logf("%d values compared, %d expressions not supported", values, unsupported)
}

// TestZonedExpressions runs the cases over timestamps in a zone with daylight saving.
func TestZonedExpressions(t *testing.T) {
	conn := connect(t)
	grids := loadGrids(t, conn)
	style := pgtypes.DefaultStyle()
	style.Zone, _ = pgtypes.LoadZone("America/New_York")
	if _, err := conn.Exec(context.Background(), "set timezone = 'America/New_York'"); err != nil {
		t.Fatal(err)
	}
	for _, c := range readCases(t, "testdata/expressions.txt") {
		if c.grid != "stamps" && c.grid != "dates" {
			continue
		}
		want := serverAnswers(t, conn, c)
		b, err := bindCase(grids, c)
		if err != nil {
			continue // TestExpressions tells
		}
		ctx := testContext()
		ctx.Style = style
		for row := range want {
			v, err := b.program.Run(&vector.Batch{Rows: b.batch.Rows, Cols: b.batch.Cols, Sel: []int32{int32(row)}}, ctx)
			if got := styledAnswer(v, row, b.expr.Type(), err, style); got != want[row] {
				t.Errorf("%s: %s, row %d: got %s, want %s", c.where, c.expression, row+1, got, want[row])
				break
			}
		}
	}
}

// checkWhole runs all rows at once when none fails, in whole and in part.
func checkWhole(t *testing.T, c testCase, b *bound, want []string) {
	t.Helper()
	var sel []int32
	clean := true
	for i, w := range want {
		if strings.HasPrefix(w, "ERROR") {
			clean = false
		} else {
			sel = append(sel, int32(i))
		}
	}
	batch := &vector.Batch{Rows: b.batch.Rows, Cols: b.batch.Cols}
	if !clean {
		batch.Sel = sel
	}
	v, err := b.program.Run(batch, testContext())
	for _, i := range sel {
		if got := answer(v, int(i), b.expr.Type(), err); !sameAnswer(got, want[i]) {
			t.Errorf("%s: %s, row %d, whole batch: got %s, want %s", c.where, c.expression, i+1, got, want[i])
			return
		}
	}
}

// sameAnswer compares; the sentence "unsupported by this gateway" never passes.
func sameAnswer(got, want string) bool { return got == want }

func serverAnswers(t *testing.T, conn *pgx.Conn, c testCase) []string {
	t.Helper()
	result := conn.PgConn().ExecParams(context.Background(), "select try_rows($1, $2)",
		[][]byte{[]byte(c.expression), []byte(c.grid)}, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%s: %v", c.where, result.Err)
	}
	out := make([]string, len(result.Rows))
	for i, row := range result.Rows {
		out[i] = string(row[0])
	}
	return out
}
