package eval_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// BenchmarkProgram gives ns a row for the expressions that dominate TPC-H.
func BenchmarkProgram(b *testing.B) {
	decimal := pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}
	columns := []translate.TableColumn{
		{Name: "price", Type: decimal},
		{Name: "discount", Type: decimal},
		{Name: "day", Type: pgtypes.Of(pgtypes.OIDDate)},
		{Name: "comment", Type: pgtypes.Of(pgtypes.OIDText)},
		{Name: "k", Type: pgtypes.Of(pgtypes.OIDInt4)},
	}
	g := &grid{rows: vector.Size, table: &translate.Table{OID: 1, Schema: "public", Name: "lineitem", Kind: translate.OrdinaryTable, Rows: -1, Columns: columns}}
	for _, c := range columns {
		v := vector.New(c.Type)
		for i := range vector.Size {
			var d pgtypes.Datum
			switch c.Name {
			case "price":
				d = pgtypes.NewNumeric(int64(90000+i*37%1000000), 2)
			case "discount":
				d = pgtypes.NewNumeric(int64(i%11), 2)
			case "day":
				d = int32(8000 + i%2500)
			case "comment":
				d = fmt.Sprintf("carefully final special packages %d requests", i)
			default:
				d = int32(i * 7919 % 10007)
			}
			vector.AppendDatum(v, d)
		}
		g.columns = append(g.columns, v)
	}
	for _, expression := range []string{
		"price * (1 - discount)", "discount between 0.05 and 0.07 and day >= date '1994-01-01' and day < date '1995-01-01'",
		"comment like '%special%requests%'", "comment like '%special%'", "extract(year from day)", "k + 1 < 5000",
		"case when k > 500 then price else 0 end", "k in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", "substring(comment from 1 for 2)", "upper(comment)",
	} {
		b.Run(expression, func(b *testing.B) {
			text := "select (" + expression + ") as v from lineitem"
			stmts, err := translate.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			stmt, _, err := bind.Bind(context.Background(), stmts[0].Node, text, bind.Options{Catalog: gridCatalog{"lineitem": g}, Style: pgtypes.DefaultStyle()})
			if err != nil {
				b.Fatal(err)
			}
			project := stmt.(*translate.Query).Rel.(*translate.Project)
			batch, env := &vector.Batch{Rows: vector.Size}, &eval.Env{Columns: map[translate.ColumnID]int{}}
			for i, col := range project.Input.Columns() {
				env.Columns[col.ID] = i
				for k := range columns {
					if columns[k].Name == col.Name {
						batch.Cols = append(batch.Cols, g.columns[k])
					}
				}
			}
			ctx := testContext()
			folded, _ := eval.Fold(project.Items[0].Expr, ctx)
			program, err := eval.Compile(folded, env)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := program.Run(batch, ctx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.Size, "ns/row")
		})
	}
}
