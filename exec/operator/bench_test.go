package operator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// recordSources serves records that are made once, so that a benchmark measures
// the operators alone.
type recordSources struct{}

func (recordSources) Partitions(_ context.Context, src *plan.Source, _ backends.Fragment, want int) ([]backends.Partition, error) {
	parts := make([]backends.Partition, want)
	for i := range parts {
		parts[i].Token = fmt.Sprintf("%d/%d", i, want)
	}
	return parts, nil
}

func (recordSources) OpenSource(_ context.Context, src *plan.Source, f backends.Fragment) (array.RecordReader, error) {
	records := src.Handle.([]arrow.RecordBatch)
	part, of := 0, 1
	if f.Partition != nil {
		if _, err := fmt.Sscanf(f.Partition.Token, "%d/%d", &part, &of); err != nil {
			return nil, err
		}
	}
	return array.NewRecordReader(records[0].Schema(), records[len(records)*part/of:len(records)*(part+1)/of])
}

// benchRows is the number of rows of the larger inputs.
const benchRows = 5_000_000

// benchTable has a key below keys, a value and a text of the key.
func benchTable(n, keys int) *plan.Source {
	r := rand.New(rand.NewPCG(1, 1))
	cols := []translate.Column{
		column("k", pgtypes.OIDInt8), column("v", pgtypes.OIDInt8), column("s", pgtypes.OIDText),
	}
	schema := backends.SchemaOf([]backends.Column{
		{Name: "k", Type: cols[0].Type}, {Name: "v", Type: cols[1].Type}, {Name: "s", Type: cols[2].Type},
	})
	var records []arrow.RecordBatch
	const chunk = 65536
	for from := 0; from < n; from += chunk {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for range min(chunk, n-from) {
			k := r.IntN(keys)
			b.Field(0).(*array.Int64Builder).Append(int64(k))
			b.Field(1).(*array.Int64Builder).Append(int64(r.IntN(1000)))
			b.Field(2).(*array.StringBuilder).Append(fmt.Sprintf("customer#%09d", k))
		}
		records = append(records, b.NewRecordBatch())
		b.Release()
	}
	return &plan.Source{Info: plan.Info{Cols: cols, Rows: -1}, Handle: records}
}

func runBench(b *testing.B, root plan.Node, workers int) {
	b.Helper()
	env := Env{
		Sources: recordSources{}, Eval: eval.Context{Style: pgtypes.DefaultStyle()},
		Budget: NewBudget(0, "", nil), Workers: workers, Cores: NewCores(workers - 1),
	}
	start := cpuTime()
	loops := 0
	defer func() { b.ReportMetric(float64((cpuTime()-start).Milliseconds())/float64(loops), "cpu-ms/op") }()
	for b.Loop() {
		loops++
		result, err := Run(context.Background(), &plan.Plan{Root: root, Output: outputs(root)}, env)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			record, err := result.Next()
			if err != nil {
				b.Fatal(err)
			}
			if record == nil {
				break
			}
			n += int(record.NumRows())
			record.Release()
		}
		result.Close()
		b.ReportMetric(float64(n), "rows")
	}
}

// cpuTime is what the process has used: wall time says little on a busy machine.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func sumBy(src plan.Node, group int) *plan.Aggregate {
	cols := src.Columns()
	n := &plan.Aggregate{Input: src, Groups: []translate.ColumnID{cols[group].ID}}
	n.Aggs = []translate.AggItem{item(call("sum", pgtypes.OIDNumeric, cols[1].Ref())), item(call("count", pgtypes.OIDInt8))}
	n.Cols = []translate.Column{cols[group], n.Aggs[0].Col, n.Aggs[1].Col}
	return n
}

// BenchmarkOperators reports whole plans over rows in memory.
func BenchmarkOperators(b *testing.B) {
	big, few := benchTable(benchRows, 1_000_000), benchTable(benchRows, 1000)
	dim := benchTable(200_000, 1_000_000)
	join := &plan.HashJoin{Kind: translate.InnerJoin, Left: big, Right: dim, Keys: []plan.JoinKey{{Left: big.Cols[0].Ref(), Right: dim.Cols[0].Ref()}}}
	join.Cols = []translate.Column{big.Cols[1], dim.Cols[1], dim.Cols[2]}
	total := &plan.Aggregate{Input: join, Aggs: []translate.AggItem{
		item(call("sum", pgtypes.OIDNumeric, big.Cols[1].Ref())), item(call("count", pgtypes.OIDInt8, dim.Cols[1].Ref())),
	}}
	total.Cols = []translate.Column{total.Aggs[0].Col, total.Aggs[1].Col}
	byText := &plan.HashJoin{Kind: translate.InnerJoin, Left: big, Right: dim, Keys: []plan.JoinKey{{Left: big.Cols[2].Ref(), Right: dim.Cols[2].Ref()}}}
	byText.Cols = join.Cols
	totalText := &plan.Aggregate{Input: byText, Aggs: total.Aggs, Info: total.Info}
	sorted := &plan.Sort{Info: plan.Info{Cols: big.Cols[:2]}, Input: big, Keys: []translate.SortKey{{Expr: big.Cols[1].Ref()}, {Expr: big.Cols[0].Ref()}}}
	top := *sorted
	top.Count = int8Const(100)
	none := &plan.Aggregate{Input: big, Aggs: sumBy(big, 0).Aggs}
	none.Cols = []translate.Column{none.Aggs[0].Col, none.Aggs[1].Col}
	filter := &plan.Filter{Info: plan.Info{Cols: big.Cols}, Input: big, Conds: []translate.Expr{int8Less(big.Cols[1].Ref(), int8Const(300))}}
	filtered := &plan.Aggregate{Input: filter, Aggs: none.Aggs, Info: none.Info}
	plans := []struct {
		name string
		root plan.Node
	}{
		{"none", none},
		{"filter", filtered},
		{"group-1k", sumBy(few, 0)},
		{"group-1m", sumBy(big, 0)},
		{"group-text-1k", sumBy(few, 2)},
		{"group-text-1m", sumBy(big, 2)},
		{"join-1n", total},
		{"join-text", totalText},
		{"sort", sorted},
		{"top-100", &top},
	}
	for _, p := range plans {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", p.name, workers), func(b *testing.B) { runBench(b, p.root, workers) })
		}
	}
}
