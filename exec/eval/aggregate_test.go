package eval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// TestAggregates compares every case of testdata/aggregates.txt with the server:
// in three groups, updated at once, merged from two halves, and merged from spilled
// states.
func TestAggregates(t *testing.T) {
	conn := connect(t)
	grids := loadGrids(t, conn)
	for _, c := range readCases(t, "testdata/aggregates.txt") {
		sql := fmt.Sprintf("select coalesce((select case when num_nulls(v) = 1 then 'NULL' else format('=%%s', v) end from (select (%s) as v from (select * from %s where id %% 3 = group_number order by id) %s) q), '') from generate_series(0, 2) group_number order by group_number",
			c.expression, c.grid, c.grid)
		result := conn.PgConn().ExecParams(context.Background(), sql, nil, nil, nil, nil).Read()
		var want []string
		for _, row := range result.Rows {
			want = append(want, string(row[0]))
		}
		if result.Err != nil {
			want = []string{"ERROR " + result.Err.Error()}
		}
		modes := []string{"update", "merge", "spill"}
		if c.grid == "floats" && !strings.HasPrefix(c.expression, "m") {
			modes = modes[:1] // merged float sums round in another order, in Postgres too
		}
		for _, mode := range modes {
			got, err := runAggregate(grids, c, mode)
			if err != nil {
				if result.Err != nil && strings.Contains(result.Err.Error(), pgerr.From(err).Message) {
					continue
				}
				t.Errorf("%s: %s: %s: %v, want %q", c.where, c.expression, mode, err, want)
				break
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %s: %s: got %q, want %q", c.where, c.expression, mode, got, want)
				break
			}
		}
	}
}

func bindAggregate(grids gridCatalog, c testCase) (*translate.AggCall, *eval.Env, *vector.Batch, error) {
	text := "select " + c.expression + " as v from " + c.grid
	stmts, err := translate.Parse(text)
	if err != nil {
		return nil, nil, nil, err
	}
	stmt, _, err := bind.Bind(context.Background(), stmts[0].Node, text, bind.Options{Catalog: grids, Style: pgtypes.DefaultStyle()})
	if err != nil {
		return nil, nil, nil, err
	}
	batch := &vector.Batch{Rows: grids[c.grid].rows}
	env := &eval.Env{Columns: map[translate.ColumnID]int{}}
	var call *translate.AggCall
	items := map[translate.ColumnID]translate.Expr{}
	for rel := stmt.(*translate.Query).Rel; ; rel = rel.Inputs()[0] {
		switch r := rel.(type) {
		case *translate.Aggregate:
			call = r.Aggs[0].Call
		case *translate.Project:
			if call != nil {
				for _, item := range r.Items {
					items[item.Col.ID] = item.Expr
				}
			}
		case *translate.Scan:
			for i, col := range r.Cols {
				env.Columns[col.ID] = i
				batch.Cols = append(batch.Cols, grids[c.grid].columns[r.Attrs[i]])
			}
		}
		if len(rel.Inputs()) == 0 {
			break
		}
	}
	if call == nil {
		return nil, nil, nil, fmt.Errorf("no aggregate in %s", c.expression)
	}
	inlined := *call
	inlined.Args = nil
	for _, arg := range call.Args {
		inlined.Args = append(inlined.Args, translate.Rewrite(arg, func(e translate.Expr) translate.Expr {
			if ref, ok := e.(*translate.ColRef); ok && items[ref.ID] != nil {
				return items[ref.ID]
			}
			return e
		}))
	}
	return &inlined, env, batch, nil
}

func runAggregate(grids gridCatalog, c testCase, mode string) ([]string, error) {
	call, env, batch, err := bindAggregate(grids, c)
	if err != nil {
		return nil, err
	}
	ids := grids[c.grid].columns[0]
	groups := make([]uint32, batch.Rows)
	var first, second []int32
	for row := range groups {
		groups[row] = uint32(ids.I32[row]) % 3
		if row < batch.Rows/2 {
			first = append(first, int32(row))
		} else {
			second = append(second, int32(row))
		}
	}
	if call.Direct == 0 && len(call.OrderBy) > 0 && call.Name != "mode" || call.Direct > 0 || call.Name == "mode" {
		return nil, fmt.Errorf("ordered aggregates are the operator's to test")
	}
	update := func(sel []int32) (eval.Aggregate, error) {
		a, err := eval.NewAggregate(call, testContext())
		if err != nil {
			return nil, err
		}
		a.Resize(3)
		var args []*vector.Vector
		for _, arg := range call.Args {
			program, err := eval.Compile(arg, env)
			if err != nil {
				return nil, err
			}
			v, err := program.Run(batch, testContext())
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		return a, a.Update(groups, args, sel, batch.Rows)
	}
	var result eval.Aggregate
	if mode == "update" {
		result, err = update(nil)
	} else if result, err = update(first); err == nil {
		var other eval.Aggregate
		if other, err = update(second); err == nil {
			err = join(result, other, mode)
		}
	}
	if err != nil {
		return nil, err
	}
	out := vector.New(call.Typ)
	if err := result.Final(out, 0, 3); err != nil {
		return nil, err
	}
	out.Type = call.Typ
	got := make([]string, 3)
	for i := range got {
		got[i] = answer(out, i, call.Typ, nil)
	}
	return got, nil
}

func join(into, from eval.Aggregate, mode string) error {
	if mode == "merge" {
		return into.Merge(from, []uint32{0, 1, 2})
	}
	for g := range 3 {
		state, err := from.AppendState([]byte("x"), g)
		if err != nil {
			return err
		}
		rest, err := into.MergeState(g, state[1:])
		if err != nil {
			return err
		}
		if len(rest) != 0 {
			return fmt.Errorf("%d bytes of a state left over", len(rest))
		}
	}
	return nil
}
