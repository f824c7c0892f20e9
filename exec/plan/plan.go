package plan

import (
	t "github.com/sqlgateway/gateway/translate"
)

// Env is what a plan depends on besides the statement.
type Env struct {
	// Domain describes a server. It must be cheap: what it needs to know of a source
	// was learnt before.
	Domain func(server string) Domain
	// Pushdown is gateway.pushdown.
	Pushdown Pushdown
	// OtherForm says that the session writes a type's values as text in another form than
	// sources do; nil for none.
	OtherForm func(oid uint32) bool
	// Fold computes an expression over constants; an error is the statement's error.
	// nil folds nothing.
	Fold func(t.Expr) (t.Expr, error)
}

// Domain is what the planner knows of a server.
type Domain struct {
	Kind string // the backend's kind, for EXPLAIN
	// Dialect renders queries for it; nil for sources that only scan.
	Dialect *t.Dialect
	// Predicates says that a scan makes use of simple predicates.
	Predicates bool
	// Limits says that a scan makes use of a limit.
	Limits bool
}

// planner holds the state of one Build.
type planner struct {
	env      Env
	nextID   t.ColumnID
	slots    int
	inits    []*initRel
	ctes     []*t.CTE // made by the planner; they wrap the root
	rewrites []Note
	domains  map[string]*Domain
	targets  map[string]*remoteTarget
	filters  int
	est      estimates
	// aggregates with grouping sets that were lowered, for GROUPING above them.
	aggregates []*t.Aggregate
	cteNodes   map[*t.CTE]*CTE
	err        error
}

// initRel is an InitPlan before it is lowered.
type initRel struct {
	slot int
	kind t.SubqueryKind
	rel  t.Rel
	col  t.ColumnID
	typ  t.Typed
}

// phase is one step over the logical tree. The list below is the order; each is
// independent of how the others work.
type phase struct {
	name string
	run  func(*planner, t.Rel) t.Rel
}

// relPhases follow simplify and unnest, which run once over the whole statement;
// these run over it and over each InitPlan.
var relPhases = []phase{
	{"push predicates", (*planner).pushPredicates},
	{"order joins", (*planner).orderJoins},
	{"sink limits", (*planner).sinkLimits},
}

// Build plans a query. It is pure, and safe to call from many goroutines with one
// statement.
func Build(stmt *t.Query, env Env) (*Plan, error) {
	p := newPlanner(env)
	p.nextID = MaxColumn(stmt.Rel) + 1
	rel := p.hoistStable(p.simplify(ownCTEs(stmt.Rel)))
	if p.err != nil {
		return nil, p.err
	}
	if whole := p.wholeQuery(rel, stmt.Output); whole != nil {
		return p.withInits(whole)
	}
	return p.rest(rel, stmt.Output)
}

// rest plans what no server answers whole.
func (p *planner) rest(rel t.Rel, out []t.OutputColumn) (*Plan, error) {
	rel = p.unnest(rel)
	if p.err != nil {
		return nil, p.err
	}
	if len(p.ctes) > 0 {
		rel = &t.With{CTEs: p.ctes, Body: rel}
	}
	rel = p.finishRel(rel, outputSet(out))
	return p.withInits(&Plan{Root: p.lowerRoot(rel, out), Output: out})
}

// withInits completes a plan by what runs before it.
func (p *planner) withInits(plan *Plan) (*Plan, error) {
	for _, in := range p.inits {
		plan.Inits = append(plan.Inits, p.lowerInit(in))
	}
	plan.Slots, plan.Rewrites = p.slots, p.rewrites
	if p.err != nil {
		return nil, p.err
	}
	return plan, nil
}

func newPlanner(env Env) *planner {
	return &planner{env: env}
}

// finishRel runs the phases that follow the removal of sub-queries.
func (p *planner) finishRel(r t.Rel, need t.ColumnSet) t.Rel {
	p.est.learn(r)
	for _, ph := range relPhases {
		r = ph.run(p, r)
	}
	return p.prune(r, need)
}

// note records that a rewrite happened, and why.
func (p *planner) note(code, text string) {
	p.rewrites = append(p.rewrites, Note{Code: code, Text: text})
}

// domain is the description of a server, asked once for each statement.
func (p *planner) domain(server string) *Domain {
	if d, ok := p.domains[server]; ok {
		return d
	}
	var d Domain
	if p.env.Domain != nil {
		d = p.env.Domain(server)
	}
	if p.domains == nil {
		p.domains = map[string]*Domain{}
	}
	p.domains[server] = &d
	return &d
}

// newColumn makes a column that no other relation has.
func (p *planner) newColumn(name string, typ t.Typed, notNull bool) t.Column {
	id := p.nextID
	p.nextID++
	return t.Column{ID: id, Name: name, Type: typ.Typ, Coll: typ.Coll, NotNull: notNull}
}

func (p *planner) newSlot() int {
	p.slots++
	return p.slots - 1
}

func outputSet(out []t.OutputColumn) t.ColumnSet {
	var s t.ColumnSet
	for _, c := range out {
		s.Add(c.ID)
	}
	return s
}

// MaxColumn is the largest ID that a relation below r makes.
func MaxColumn(r t.Rel) t.ColumnID {
	var m t.ColumnID
	eachRel(r, func(r t.Rel) {
		switch x := r.(type) {
		case *t.Filter, *t.Sort, *t.Limit, *t.Dedup, *t.Lock, *t.Join, *t.With:
			return // these make no columns of their own
		case *t.Aggregate:
			for _, a := range x.Aggs {
				m = max(m, a.Col.ID)
			}
			m = max(m, x.GroupingID)
			return
		case *t.Window:
			for _, c := range x.Calls {
				m = max(m, c.Col.ID)
			}
			return
		}
		for _, c := range r.Columns() {
			m = max(m, c.ID)
		}
	})
	return m
}

// Pushdown is the setting gateway.pushdown.
type Pushdown = t.PushMode

// The values of gateway.pushdown.
const (
	PushOff  = t.PushOff
	PushSafe = t.PushSafe
	PushOn   = t.PushOn
)
