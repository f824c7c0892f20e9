package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// wholeQuery plans a statement that one server answers alone: one read, nothing
// here. It gives nil when that is not so.
func (p *planner) wholeQuery(r t.Rel, out []t.OutputColumn) *Plan {
	server := p.soleServer(r)
	if server == "" || orderLost(r) {
		return nil
	}
	rt := p.remote(server)
	rendered, ok := rt.whole(r)
	if !ok {
		return nil
	}
	p.est.learn(r)
	n := &Source{Info: Info{Rows: p.est.of(r)}, Server: server, Kind: rt.kind, remote: r}
	p.describeTables(n, r)
	n.fill(rendered)
	if n.Guarded {
		p.wholeFallback(n, r, out)
	}
	return &Plan{Root: n, Output: out}
}

// wholeFallback plans the whole query to run here. The statement's own slots come
// first, since its expressions read them.
func (p *planner) wholeFallback(n *Source, r t.Rel, out []t.OutputColumn) {
	env, slots := p.env, p.slots
	env.Pushdown = PushOff
	n.Fallback = func() (*Plan, error) {
		local := newPlanner(env)
		local.nextID, local.slots = MaxColumn(r)+1, slots
		return local.rest(ownCTEs(r), out)
	}
}

// outputColumns are the columns of r that out names, in that order.
func outputColumns(r t.Rel, out []t.OutputColumn) []t.Column {
	byID := columnsByID(r)
	cols := make([]t.Column, len(out))
	for i, o := range out {
		cols[i] = byID[o.ID]
	}
	return cols
}

// soleServer is the server that holds every table of r, when it speaks SQL and r
// reads nothing else; "" otherwise.
func (p *planner) soleServer(r t.Rel) string {
	server, other := "", false
	eachRel(r, func(r t.Rel) {
		switch x := r.(type) {
		case *t.Scan:
			if server != "" && server != x.Table.Server || x.Table.Server == "" {
				other = true
			}
			server = x.Table.Server
		case *t.FuncScan:
			other = true
		}
	})
	if other || server == "" || p.domain(server).Dialect == nil || p.env.Pushdown == t.PushOff {
		return ""
	}
	return server
}

// lowerRoot plans the whole and puts the columns in the order of the output.
func (p *planner) lowerRoot(r t.Rel, out []t.OutputColumn) Node {
	c := p.cut(r, outputSet(out))
	if c.remote != nil {
		// The order of a query's columns costs nothing.
		cols := outputColumns(c.remote, out)
		items := passThrough(cols)
		if !sameColumns(items, c.remote.Columns()) && distinctIDs(cols) {
			if ok, _ := p.remote(c.server).operator(&t.Project{Input: c.remote, Items: items}); ok {
				c.remote = &t.Project{Input: c.remote, Items: items}
			}
		}
	}
	return p.nodeOf(c)
}

func distinctIDs(cols []t.Column) bool {
	var seen t.ColumnSet
	for _, c := range cols {
		if seen.Has(c.ID) {
			return false
		}
		seen.Add(c.ID)
	}
	return true
}

func (p *planner) lowerInit(in *initRel) *InitPlan {
	var need t.ColumnSet
	if in.col != 0 {
		need.Add(in.col)
	}
	rel := p.finishRel(in.rel, need)
	if in.kind == t.ExistsSubquery {
		rel = &t.Limit{Input: rel, Count: int8Const(1)}
	}
	return &InitPlan{Slot: in.slot, Kind: in.kind, Plan: p.lower(rel, need), Col: in.col, Type: in.typ}
}
