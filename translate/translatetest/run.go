package translatetest

import (
	"bufio"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the PostgreSQL to compare with

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// expressions are the cases of the grid: one expression over it a line.
//
//go:embed testdata/expressions.txt
var expressions string

// statements are whole queries, one a line.
//
//go:embed testdata/statements.txt
var statements string

// Expressions lists the cases of the grid, Statements the whole queries.
func Expressions() []string { return lines(expressions) }

// Statements lists the queries.
func Statements() []string { return lines(statements) }

func lines(text string) []string {
	var list []string
	for scan := bufio.NewScanner(strings.NewReader(text)); scan.Scan(); {
		if line := strings.TrimSpace(scan.Text()); line != "" && !strings.HasPrefix(line, "--") {
			list = append(list, line)
		}
	}
	return list
}

// Postgres opens the server to compare with, with a schema of the run's own; it
// skips the test when there is none.
func Postgres(t *testing.T, schema string) *sql.DB {
	t.Helper()
	url := os.Getenv("GATEWAY_TEST_POSTGRES")
	if url == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set: no PostgreSQL to compare with")
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	ctx := context.Background()
	for _, text := range []string{
		"CREATE SCHEMA IF NOT EXISTS " + schema, "SET search_path = " + schema, "SET timezone = 'UTC'", "SET client_min_messages = error",
	} {
		mustExec(ctx, t, db, text)
	}
	return db
}

// Render parses, binds and renders a query for a target.
func Render(target *Target, mode translate.PushMode, text string) (*translate.Rendered, error) {
	parsed, err := translate.Parse(text)
	if err != nil {
		return nil, err
	}
	bound, _, err := bind.Bind(context.Background(), parsed[0].Node, text, bind.Options{Catalog: newCatalog(target), Style: pgtypes.DefaultStyle()})
	if err != nil {
		return nil, err
	}
	query, ok := bound.(*translate.Query)
	if !ok {
		return translate.NewRenderer(target.Dialect, mode).RenderStatement(bound)
	}
	ids := make([]translate.ColumnID, len(query.Output))
	for i, c := range query.Output {
		ids[i] = c.ID
	}
	return translate.NewRenderer(target.Dialect, mode, query.Rel).RenderColumns(query.Rel, ids)
}

// Run places the tables in PostgreSQL and in the target, and compares their answers
// to every case that the target's dialect claims.
func Run(t *testing.T, target *Target) {
	ctx := context.Background()
	oracle := Postgres(t, "translatetest_"+target.Dialect.Name)
	load(ctx, t, oracle, nil)
	load(ctx, t, target.DB, target.Types)
	if faults := target.Dialect.RuleFaults(); len(faults) > 0 {
		t.Errorf("rules of %s:\n%s", target.Dialect.Name, strings.Join(faults, "\n"))
	}
	r := &runner{ctx: ctx, t: t, target: target, oracle: oracle, used: map[*translate.Rule]bool{}}
	t.Run("expressions", func(t *testing.T) {
		r.t = t
		for _, e := range Expressions() {
			r.expression(e)
		}
	})
	t.Run("statements", func(t *testing.T) {
		r.t = t
		for _, s := range Statements() {
			r.compare(s, s, strings.Contains(strings.ToLower(s), "order by"))
		}
	})
	t.Logf("%s: %d answers compared, %d cases kept in the gateway", target.Dialect.Name, r.compared, r.kept)
	for i := range target.Dialect.Rules {
		if rule := &target.Dialect.Rules[i]; !r.used[rule] {
			t.Errorf("no case uses the rule for %s: %s", rule.Of, rule.Template)
		}
	}
}

type runner struct {
	ctx            context.Context
	t              *testing.T
	target         *Target
	oracle         *sql.DB
	used           map[*translate.Rule]bool
	compared, kept int
}

// expression runs an expression on each row alone, so that an error in one row does
// not hide the others, and then as a whole column.
func (r *runner) expression(e string) {
	if !r.claimed("select " + e + " from grid") {
		return
	}
	for id := range len(grid().rows) {
		query := fmt.Sprintf("select %s from grid where id = %d", e, id+1)
		r.compare(e, query, true)
	}
}

// claimed says whether the dialect takes a query, and notes the rules it used.
func (r *runner) claimed(query string) bool {
	rendered, err := Render(r.target, translate.PushOn, query)
	var refused *translate.Refused
	switch {
	case errors.As(err, &refused):
		r.kept++
		return false
	case err != nil:
		r.t.Errorf("%s: %v", query, err)
		return false
	}
	for _, rule := range rendered.Rules {
		r.used[rule] = true
	}
	return true
}

func (r *runner) compare(name, query string, ordered bool) {
	if !r.claimed(query) {
		return
	}
	rendered, err := Render(r.target, translate.PushOn, query)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.target.Check != nil {
		if err := r.target.Check(rendered.SQL); err != nil {
			r.t.Errorf("%s\n%s\nis malformed: %v", name, rendered.SQL, err)
		}
	}
	types := make([]pgtypes.Type, len(rendered.Output))
	for i, c := range rendered.Output {
		types[i] = c.Type
	}
	want, wantErr := answer(r.ctx, r.oracle, textQuery(query, len(types)), nil, types)
	text := rendered.SQL
	if r.target.Dialect.Native {
		text = textQuery(text, len(types)) // its driver decodes by itself otherwise
	}
	got, gotErr := answer(r.ctx, r.target.DB, text, nil, types)
	r.compared++
	if !ordered {
		sort.Strings(want)
		sort.Strings(got)
	}
	if gotErr != nil && wantErr == nil && falls(rendered) {
		return
	}
	if (wantErr == nil) != (gotErr == nil) || wantErr == nil && strings.Join(want, "\n") != strings.Join(got, "\n") {
		r.t.Errorf("%s\n%s\n got %q %v\nwant %q %v", query, rendered.SQL, got, gotErr, want, wantErr)
	}
	if wantErr != nil && !rendered.Guarded && !r.target.Dialect.Native {
		r.t.Errorf("%s raises %v, but is not marked as guarded:\n%s", query, wantErr, rendered.SQL)
	}
}

// falls says that a query may fail where the gateway then answers.
func falls(rendered *translate.Rendered) bool {
	for _, rule := range rendered.Rules {
		if rule.Falls {
			return rendered.Guarded
		}
	}
	return false
}

// textQuery has Postgres write all columns as text, which is what is compared.
func textQuery(query string, columns int) string {
	names := make([]string, columns)
	casts := make([]string, columns)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
		casts[i] = names[i] + "::text"
	}
	return "select " + strings.Join(casts, ", ") + " from (" + query + ") q(" + strings.Join(names, ", ") + ")"
}
