package eval_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// TestSetFunctions compares the rows of functions in FROM with the server's.
func TestSetFunctions(t *testing.T) {
	conn := connect(t)
	for _, expression := range []string{
		"generate_series(1, 5)", "generate_series(5, 1, -2)", "generate_series(1, 3, 0)", "generate_series(1::int8, 9223372036854775807, 9223372036854775806)",
		"generate_series(2147483646, 2147483647)", "generate_series(1.0, 2.0, 0.25)", "generate_series(1, 'NaN'::numeric)", "generate_series(null, 5)",
		"generate_series(timestamp '2024-01-30', '2024-05-01', '1 month')", "generate_series(timestamptz '2024-01-01', '2024-01-02', '8 hours')",
		"generate_series(timestamp '2024-01-01', '2024-01-02', '0')", "generate_subscripts(array[4,5,6], 1)", "generate_subscripts('[3:4]={1,2}'::int4[], 1, true)",
		"unnest(array[1,null,3])", "unnest(array[['a','b'],['c','d']])", "unnest('{}'::text[])", "string_to_table('a,b,,c', ',')",
		"regexp_matches('foobarbequebaz', 'ba.', 'g')", "regexp_split_to_table('the quick brown', '\\s+')", "json_array_elements('[1, {\"a\": 2}, null]')",
		"jsonb_array_elements_text('[1, \"x\", null]')", "json_array_elements('{}')", "jsonb_array_elements('1')", "json_each('{\"a\": 1, \"b\": null}')",
		"jsonb_each_text('{\"a\": 1, \"b\": null}')", "json_each('[1]')", "jsonb_each('[1]')", "json_object_keys('{\"b\": 1, \"a\": 2}')", "jsonb_object_keys('[]')", "json_object_keys('3')",
		"abs(-5)",
	} {
		result := conn.PgConn().ExecParams(context.Background(), "select * from "+expression+" x", nil, nil, nil, nil).Read()
		var want []string
		for _, row := range result.Rows {
			var cells []string
			for _, cell := range row {
				if cell == nil {
					cells = append(cells, "NULL")
				} else {
					cells = append(cells, "="+string(cell))
				}
			}
			want = append(want, strings.Join(cells, " "))
		}
		got, err := setRows(expression)
		switch {
		case err != nil && result.Err != nil && strings.Contains(result.Err.Error(), pgerr.From(err).Message):
		case err != nil || result.Err != nil:
			t.Errorf("%s: got %v, want %v", expression, err, result.Err)
		case strings.Join(got, "\n") != strings.Join(want, "\n"):
			t.Errorf("%s: got %q, want %q", expression, got, want)
		}
	}
}

func setRows(expression string) ([]string, error) {
	text := "select * from " + expression + " x"
	stmts, err := translate.Parse(text)
	if err != nil {
		return nil, err
	}
	stmt, _, err := bind.Bind(context.Background(), stmts[0].Node, text, bind.Options{Catalog: gridCatalog{}, Style: pgtypes.DefaultStyle()})
	if err != nil {
		return nil, err
	}
	rel := stmt.(*translate.Query).Rel
	for len(rel.Inputs()) > 0 {
		rel = rel.Inputs()[0]
	}
	f, err := eval.CompileSet(rel.(*translate.FuncScan).Funcs[0].Call, &eval.Env{})
	if err != nil {
		return nil, err
	}
	if err := f.Open(&vector.Batch{Rows: 1}, testContext()); err != nil {
		return nil, err
	}
	rows, err := f.Rows(0)
	if err != nil {
		return nil, err
	}
	var dst []*vector.Vector
	for _, t := range f.Types() {
		dst = append(dst, vector.New(t))
	}
	total := 0
	for {
		n, err := rows.Next(dst, 2)
		if err != nil {
			return nil, err
		}
		if total += n; n == 0 {
			break
		}
	}
	out := make([]string, total)
	for i := range out {
		var cells []string
		for k, v := range dst {
			cells = append(cells, answer(v, i, f.Types()[k], nil))
		}
		out[i] = strings.Join(cells, " ")
	}
	return out, nil
}
