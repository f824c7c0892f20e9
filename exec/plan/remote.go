package plan

import (
	"github.com/sqlgateway/gateway/backends"
	t "github.com/sqlgateway/gateway/translate"
)

// remoteTarget asks a server's dialect what may be sent, and renders it.
type remoteTarget struct {
	p        *planner
	kind     string
	dialect  *t.Dialect
	renderer *t.Renderer
}

// remote is the target of a server; its renderer learns relations as they are
// added to the server's query.
func (p *planner) remote(server string) *remoteTarget {
	if rt, ok := p.targets[server]; ok {
		return rt
	}
	d := p.domain(server)
	rt := &remoteTarget{p: p, kind: d.Kind, dialect: d.Dialect}
	if d.Dialect != nil {
		rt.renderer = t.NewRenderer(d.Dialect, p.env.Pushdown)
		rt.renderer.OtherForm = p.env.OtherForm
	}
	if p.targets == nil {
		p.targets = map[string]*remoteTarget{}
	}
	p.targets[server] = rt
	return rt
}

// scanOnly says that only columns of tables come from the server: it has no SQL,
// or nothing may be pushed.
func (rt *remoteTarget) scanOnly() bool {
	return rt.dialect == nil || rt.p.env.Pushdown == PushOff
}

// refuse is the reason why a server that only scans takes nothing else; none is
// needed for a source without SQL.
func (rt *remoteTarget) refuse() Note {
	if rt.dialect == nil {
		return Note{}
	}
	return Note{Code: "off", Text: "gateway.pushdown is off"}
}

// noteOf makes the reason of a claim that is not exact; what names the part.
func noteOf(c t.Claim, what string) Note {
	if c.Detail == "" {
		return Note{Code: c.Reason, Text: what}
	}
	return Note{Code: c.Reason, Text: what + " (" + c.Detail + ")"}
}

// learn makes the columns of a relation known that was just read from the server.
func (rt *remoteTarget) learn(r t.Rel) {
	if rt.renderer != nil {
		rt.renderer.Learn(r)
	}
}

// condition asks whether a conjunct of WHERE may be sent.
func (rt *remoteTarget) condition(e t.Expr) (t.Claim, Note) {
	if rt.scanOnly() {
		return t.Claim{}, rt.refuse()
	}
	c := rt.renderer.CanPush(e)
	if isVolatile(e) {
		c = t.Claim{Reason: "volatile"}
	}
	return c, noteOf(c, "condition")
}

// value asks whether an expression gives exactly Postgres's value.
func (rt *remoteTarget) value(e t.Expr) (bool, Note) {
	if rt.scanOnly() {
		return false, rt.refuse()
	}
	c := rt.renderer.CanPush(e)
	return c.Mode == t.Exact && !isVolatile(e), noteOf(c, "expression")
}

// operator asks whether the topmost operator of r, whose inputs the server answers
// already, may be sent too. If so the server's columns now include r's.
func (rt *remoteTarget) operator(r t.Rel) (bool, Note) {
	if rt.scanOnly() {
		return false, rt.refuse()
	}
	c := rt.renderer.CanPushRel(r)
	if c.Mode != t.Exact {
		return false, noteOf(c, operatorName(r))
	}
	rt.learn(r)
	return true, Note{}
}

func operatorName(r t.Rel) string {
	switch r.(type) {
	case *t.Join:
		return "join"
	case *t.Aggregate:
		return "aggregate"
	case *t.Sort:
		return "order by"
	case *t.Limit:
		return "limit"
	case *t.Dedup:
		return "distinct"
	case *t.Window:
		return "window"
	case *t.SetOp:
		return "set operation"
	}
	return "operator"
}

// render makes the query text of r, which was found to be possible.
func (rt *remoteTarget) render(r t.Rel) (*t.Rendered, error) {
	return rt.renderer.Render(r)
}

// whole renders a query as it was written, if the server answers exactly all of it.
func (rt *remoteTarget) whole(r t.Rel) (*t.Rendered, bool) {
	if rt.scanOnly() {
		return nil, false
	}
	renderer := t.NewRenderer(rt.dialect, rt.p.env.Pushdown, r)
	renderer.Whole, renderer.OtherForm = true, rt.p.env.OtherForm
	out, err := renderer.Render(r)
	if err != nil || out.Claim.Mode != t.Exact {
		return nil, false
	}
	return out, true
}

// fill sets a Source to read what was rendered.
func (n *Source) fill(out *t.Rendered) {
	n.Cols = out.Output
	n.Guarded = out.Guarded
	query := &backends.QueryFragment{SQL: out.SQL}
	for i, a := range out.Args {
		arg := backends.Arg{Type: a.Type()}
		if c, ok := a.(*t.Const); ok {
			arg.Value = c.Value
		} else {
			n.Args = append(n.Args, SourceArg{Index: i, Expr: a})
		}
		query.Args = append(query.Args, arg)
	}
	n.Fragment = backends.Fragment{Query: query, Output: outputOf(n.Cols)}
}
