package translatetest

import (
	"context"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// Goldens runs a file of queries over the tables: "render" shows the text in the
// target's dialect or the reason why there is none, "mode=safe" with only the rules
// that are proven.
func Goldens(t *testing.T, target *Target, path string) {
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		mode := translate.PushOn
		for _, arg := range d.CmdArgs {
			if arg.Key == "mode" && arg.Vals[0] == "safe" {
				mode = translate.PushSafe
			}
		}
		var out []string
		for _, query := range strings.Split(d.Input, "\n") {
			rendered, err := Render(target, mode, query)
			if err != nil {
				out = append(out, err.Error())
				continue
			}
			if target.Check != nil {
				if err := target.Check(rendered.SQL); err != nil {
					t.Errorf("%s: %v", rendered.SQL, err)
				}
			}
			out = append(out, rendered.SQL)
		}
		return strings.Join(out, "\n") + "\n"
	})
}

// Claims checks that what is claimed piece by piece can be rendered as a whole: a
// planner relies on it.
func Claims(t *testing.T, target *Target) {
	for _, e := range Expressions() {
		query := "select " + e + " from grid"
		parsed, err := translate.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		bound, _, err := bind.Bind(context.Background(), parsed[0].Node, query, bind.Options{Catalog: newCatalog(target), Style: pgtypes.DefaultStyle()})
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		rel := bound.(*translate.Query).Rel
		project, ok := rel.(*translate.Project)
		if !ok {
			continue
		}
		r := translate.NewRenderer(target.Dialect, translate.PushOn, rel)
		claim := r.CanPush(project.Items[0].Expr)
		whole := r.CanPushRel(project)
		_, err = r.Render(rel)
		if (claim.Mode == translate.Exact) != (err == nil) || claim.Mode == translate.Exact && whole.Mode != translate.Exact {
			t.Errorf("%s: claimed %v, in its relation %v; rendering: %v", e, claim, whole, err)
		}
	}
}
