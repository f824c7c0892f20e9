package plan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/translate"
)

// TestExplainForms checks what the goldens do not show: costs, measures, the
// summary and the JSON form.
func TestExplainForms(t *testing.T) {
	c := &testCatalog{tables: map[string]*translate.Table{}}
	c.create(t, "CREATE TABLE a (id int primary key, x int);", "pg1", 1000)
	c.create(t, "CREATE TABLE b (id int primary key, x int);", "lake", 10)
	query := bound(t, c, "SELECT a.id FROM a JOIN b ON a.x = b.x WHERE b.id < 5").(*translate.Query)
	p, err := plan.Build(query, testEnv(plan.PushOn))
	if err != nil {
		t.Fatal(err)
	}
	options := plan.ExplainOptions{
		Analyze: true, Verbose: true, Costs: true, Timing: true, Summary: true, PlanningMillis: 0.25, ExecutionMillis: 3,
	}
	actual := func(n plan.Node) *plan.Actual {
		if _, ok := n.(*plan.Source); ok {
			return &plan.Actual{Loops: 1, Rows: 4, Millis: 1.5, SourceRows: 4, SourceBytes: 64}
		}
		return &plan.Actual{Loops: 2, Rows: 6, Millis: 2}
	}
	text := strings.Join(plan.Explain(p, options, actual), "\n")
	for _, want := range []string{
		"Hash Join  (cost=0.00..", "(actual time=0.000..1.000 rows=3 loops=2)", "Output: a.id", "Hash Cond: (a.x = b.x)",
		"->  Foreign Scan on public.a  (cost=", "Server: pg1 (postgres)", `Remote SQL: SELECT t1."id", t1."x"`,
		"Moved: rows=4 bytes=64", "Source pg1: rows=4 bytes=64", "Planning Time: 0.250 ms", "Execution Time: 3.000 ms",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var doc []struct {
		Plan struct {
			NodeType string `json:"Node Type"`
			JoinType string `json:"Join Type"`
			Plans    []map[string]any
		}
		ExecutionTime float64 `json:"Execution Time"`
	}
	encoded := plan.ExplainJSON(p, options, actual)
	if err := json.Unmarshal([]byte(encoded), &doc); err != nil {
		t.Fatalf("%v in %s", err, encoded)
	}
	root := doc[0].Plan
	if root.NodeType != "Projection" && root.NodeType != "Hash Join" || doc[0].ExecutionTime != 3 {
		t.Errorf("unexpected document %s", encoded)
	}
}
