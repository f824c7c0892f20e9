package translatetest

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/sqlgateway/gateway/translate"
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
