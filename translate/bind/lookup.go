package bind

import (
	"slices"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// procCandidate is a way to call a function with the arguments at hand.
type procCandidate struct {
	proc     *pgbuiltin.Proc
	args     []uint32 // declared types, one for each argument of the final call but defaults
	order    []int    // for named calls: which parameter each actual argument is
	variadic int      // how many trailing arguments go into the array, 0 for none
	defaults int      // how many trailing parameters take their defaults
	missing  []int    // named calls: parameters that take their defaults
}

// callShape is what the written call says beyond its argument types.
type callShape struct {
	nargs    int
	names    []string // of the trailing named arguments
	variadic bool     // VARIADIC was written
}

// procCandidates is FuncnameGetCandidates.
func (b *binder) procCandidates(names []string, shape callShape) []procCandidate {
	var out []procCandidate
	for _, p := range b.procsNamed(names) {
		c, ok := fit(p, shape)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(out, func(o procCandidate) bool { return slices.Equal(o.args, c.args) }); i >= 0 {
			// Of two ways with the same types the one without VARIADIC and with fewer
			// defaults is meant.
			if c.variadic < out[i].variadic || c.variadic == out[i].variadic && c.defaults < out[i].defaults {
				out[i] = c
			}
			continue
		}
		out = append(out, c)
	}
	return out
}

// procsNamed are the functions that a possibly qualified name can mean.
func (b *binder) procsNamed(names []string) []*pgbuiltin.Proc {
	schema, name := "", names[len(names)-1]
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	var out []*pgbuiltin.Proc
	for _, p := range pgbuiltin.Procs(name) {
		if b.procVisible(p, schema) {
			out = append(out, p)
		}
	}
	if f, ok := b.catalog.(Functions); ok {
		out = append(out, f.Functions(schema, name)...)
	}
	return out
}

func (b *binder) procVisible(p *pgbuiltin.Proc, schema string) bool {
	n := pgbuiltin.NamespaceByOID(p.Namespace)
	if n == nil {
		return false
	}
	if schema != "" {
		return n.Name == schema
	}
	return p.Namespace == pgbuiltin.NamespacePgCatalog || slices.Contains(b.catalog.SearchPath(), n.Name)
}

func fit(p *pgbuiltin.Proc, shape callShape) (procCandidate, bool) {
	if len(shape.names) > 0 {
		return fitNamed(p, shape)
	}
	n := len(p.Args)
	expand := p.Variadic != 0 && !shape.variadic && n <= shape.nargs
	c := procCandidate{proc: p, args: p.Args}
	switch {
	case expand:
		c.variadic = shape.nargs - n + 1
		c.args = slices.Clone(p.Args[:n-1])
		for range c.variadic {
			c.args = append(c.args, p.Variadic)
		}
	case shape.nargs == n:
	case shape.nargs < n && shape.nargs+p.NDefaults >= n:
		c.defaults = n - shape.nargs
		c.args = p.Args[:shape.nargs]
	default:
		return c, false
	}
	return c, true
}

// fitNamed is MatchNamedCall.
func fitNamed(p *pgbuiltin.Proc, shape callShape) (procCandidate, bool) {
	c := procCandidate{proc: p}
	names, n := p.ArgNames(), len(p.Args)
	if names == nil || shape.nargs > n || p.Variadic != 0 && !shape.variadic {
		return c, false
	}
	given := make([]bool, n)
	positional := shape.nargs - len(shape.names)
	for i := range positional {
		given[i] = true
		c.order = append(c.order, i)
	}
	for _, name := range shape.names {
		i := slices.Index(names, name)
		if i < 0 || given[i] {
			return c, false
		}
		given[i] = true
		c.order = append(c.order, i)
	}
	for i, ok := range given {
		if ok {
			continue
		}
		if i < n-p.NDefaults {
			return c, false
		}
		c.missing = append(c.missing, i)
	}
	for _, i := range c.order {
		c.args = append(c.args, p.Args[i])
	}
	return c, true
}

// resolution is what func_get_detail found.
type resolution struct {
	choice  *procCandidate
	coerce  pgtypes.Type // for a call that is a cast; OID 0 if not
	several bool
}

// resolveProc is func_get_detail.
func (b *binder) resolveProc(names []string, shape callShape, actual []uint32) resolution {
	all := b.procCandidates(names, shape)
	for i := range all {
		if slices.Equal(all[i].args, actual) {
			return resolution{choice: &all[i]}
		}
	}
	if len(actual) == 1 && len(shape.names) == 0 {
		if t := castByCall(names, actual[0]); t != 0 {
			return resolution{coerce: pgtypes.Of(t)}
		}
	}
	list := make([]candidate, len(all))
	for i := range all {
		list[i] = candidate{oid: all[i].proc.OID, args: all[i].args, from: &all[i]}
	}
	list = matchArgs(actual, list)
	switch len(list) {
	case 0:
		return resolution{}
	case 1:
		return resolution{choice: list[0].from.(*procCandidate)}
	}
	if best := selectCandidate(actual, list); best != nil {
		return resolution{choice: best.from.(*procCandidate)}
	}
	return resolution{several: true}
}

// castByCall is the type that a one-argument call names, if a cast to it would be
// binary or through text: type(x).
func castByCall(names []string, source uint32) uint32 {
	t := lookupType(names)
	if t == nil || t.Kind == 'c' {
		return 0
	}
	if source == pgtypes.OIDUnknown {
		return t.OID
	}
	switch p := findPathway(t.OID, source, explicit); {
	case !p.found:
		return 0
	case p.method == 'b':
		return t.OID
	case p.method == 'i':
		if cat, _ := category(t.OID); cat == categoryString && (source == pgtypes.OIDRecord || isComposite(source)) {
			return 0
		}
		return t.OID
	}
	return 0
}
