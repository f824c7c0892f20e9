package bind

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// addDefaults fills in parameters that the call left out and puts named arguments
// into their places.
func (c *call) addDefaults(choice *procCandidate) error {
	if choice.order != nil {
		args := make([]translate.Expr, len(c.proc.Args))
		for i, at := range choice.order {
			args[at] = c.args[i]
		}
		for _, i := range choice.missing {
			e, err := c.defaultOf(i)
			if err != nil {
				return err
			}
			args[i] = e
		}
		c.args = args
		return nil
	}
	for range choice.defaults {
		e, err := c.defaultOf(len(c.args))
		if err != nil {
			return err
		}
		c.args = append(c.args, e)
	}
	return nil
}

// defaultOf makes the default of parameter i. The built-in functions' defaults
// are plain constants: false, 0, NULL::text, '{}'::jsonb.
func (c *call) defaultOf(i int) (translate.Expr, error) {
	texts := splitDefaults(c.proc.Defaults)
	text := texts[i-(len(c.proc.Args)-len(texts))]
	text, _, _ = strings.Cut(text, "::")
	target := pgtypes.Of(c.proc.Args[i])
	out := &translate.Const{Typed: typed(target.OID, 0)}
	if strings.EqualFold(text, "NULL") {
		return out, nil
	}
	v, err := c.s.b.parse(target, strings.Trim(text, "'"))
	if err != nil {
		return nil, pgerr.Internal("reading the default of %s: %s", c.proc.Name, err)
	}
	out.Value = v
	return out, nil
}

// splitDefaults splits at commas outside of quotes.
func splitDefaults(text string) []string {
	var out []string
	quoted, start := false, 0
	for i := range len(text) {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case text[i] == ',' && !quoted:
			out, start = append(out, strings.TrimSpace(text[start:i])), i+1
		}
	}
	return append(out, strings.TrimSpace(text[start:]))
}
