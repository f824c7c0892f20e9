package operator

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// query is one run of a plan.
type query struct {
	env   *Env
	inits map[int]*initPlan // by slot
	temp  tempDir
}

// account opens an operator's account of memory.
func (q *query) account(operator string, stats *Stats) *account {
	return &account{budget: q.env.Budget, operator: operator, stats: stats}
}

// scope is what a part of the plan runs in: the query, the values of its slots and
// the common table expressions in reach. Apply runs its right side in a scope of
// its own for each outer row.
type scope struct {
	query   *query
	params  []pgtypes.Datum // by slot: what Apply filled in
	ctes    map[*plan.CTE]cteSource
	filters *filterBoard
}

// child is a scope with more slots filled.
func (sc *scope) child() *scope {
	c := *sc
	c.params = append([]pgtypes.Datum(nil), sc.params...)
	return &c
}

// withCTE is a scope in which cte reads from source.
func (sc *scope) withCTE(cte *plan.CTE, source cteSource) *scope {
	c := *sc
	c.ctes = make(map[*plan.CTE]cteSource, len(sc.ctes)+1)
	for k, v := range sc.ctes {
		c.ctes[k] = v
	}
	c.ctes[cte] = source
	return &c
}

// fill puts the values of slots into an expression context, running init plans
// that have not run yet.
func (sc *scope) fill(ctx context.Context, ec *eval.Context, slots []int) error {
	for _, slot := range slots {
		init, ok := sc.query.inits[slot]
		if !ok {
			ec.ExecParams[slot] = sc.params[slot]
			continue
		}
		value, err := init.get(ctx, sc)
		if err != nil {
			return err
		}
		ec.ExecParams[slot] = value
	}
	return nil
}

// initPlan is an uncorrelated sub-query: it runs when its value is first needed.
type initPlan struct {
	plan  *plan.InitPlan
	op    operator
	once  sync.Once
	value pgtypes.Datum
	err   error
}

func (p *initPlan) get(ctx context.Context, sc *scope) (pgtypes.Datum, error) {
	p.once.Do(func() { p.value, p.err = p.run(ctx, sc) })
	return p.value, p.err
}

func (p *initPlan) run(ctx context.Context, sc *scope) (pgtypes.Datum, error) {
	streams, err := p.op.open(ctx, sc, 1)
	if err != nil {
		return nil, err
	}
	s := sc.gather(streams)
	defer s.close()
	switch p.plan.Kind {
	case translate.ExistsSubquery:
		b, err := s.next(ctx)
		return b != nil, err
	case translate.ArraySubquery:
		return collectArray(ctx, s, p.plan.Type.Typ)
	case translate.ScalarSubquery:
		return scalarValue(ctx, s)
	}
	return nil, pgerr.Internal("init plan of sub-query kind %d", p.plan.Kind)
}
