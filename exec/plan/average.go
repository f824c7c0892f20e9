package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// splitAverages restates avg over integers and numerics as sum / count, which is
// how Postgres itself computes it; division and its scale stay here. Averages of
// floats are summed in another precision than sum's, and are left alone.
func (p *planner) splitAverages(x *t.Aggregate) (*t.Project, bool) {
	if x.Sets != nil {
		return nil, false
	}
	n := *x
	n.Aggs = nil
	items := make([]t.ProjectItem, 0, len(x.Groups)+len(x.Aggs))
	byID := columnsByID(x)
	for _, g := range x.Groups {
		items = append(items, t.ProjectItem{Col: byID[g], Expr: byID[g].Ref()})
	}
	found := false
	for _, a := range x.Aggs {
		if a.Call.Name != "avg" || a.Call.Distinct || !exactNumber(a.Call.Args[0].Type().OID) {
			n.Aggs = append(n.Aggs, a)
			items = append(items, t.ProjectItem{Col: a.Col, Expr: a.Col.Ref()})
			continue
		}
		sum, count := p.sumAndCount(a.Call)
		if sum.Call == nil || count.Call == nil {
			return nil, false
		}
		found = true
		n.Aggs = append(n.Aggs, sum, count)
		items = append(items, t.ProjectItem{Col: a.Col, Expr: quotient(sum.Col, count.Col)})
	}
	return &t.Project{Input: &n, Items: items}, found
}

func exactNumber(oid uint32) bool {
	return hashFamily(oid) == 1 || oid == pgtypes.OIDNumeric
}

func (p *planner) sumAndCount(avg *t.AggCall) (sum, count t.AggItem) {
	arg := avg.Args[0].Type().OID
	for _, proc := range pgbuiltin.Procs("sum") {
		if len(proc.Args) == 1 && proc.Args[0] == arg {
			typed := t.Typed{Typ: pgtypes.Of(proc.Result)}
			sum.Col = p.newColumn("sum", typed, false)
			sum.Call = &t.AggCall{Typed: typed, Proc: proc.OID, Name: "sum", Args: avg.Args, Filter: avg.Filter}
		}
	}
	for _, proc := range pgbuiltin.Procs("count") {
		if len(proc.Args) == 1 {
			typed := t.Typed{Typ: pgtypes.Of(pgtypes.OIDInt8)}
			count.Col = p.newColumn("count", typed, true)
			count.Call = &t.AggCall{Typed: typed, Proc: proc.OID, Name: "count", Args: avg.Args, Filter: avg.Filter}
		}
	}
	return sum, count
}

// quotient is sum / count as numerics, NULL when there was nothing to average: the
// sum is NULL then, and division is strict.
func quotient(sum, count t.Column) t.Expr {
	return call("/", toNumeric(sum.Ref()), toNumeric(count.Ref()))
}

func toNumeric(e t.Expr) t.Expr {
	if e.Type().OID == pgtypes.OIDNumeric {
		return e
	}
	c := pgbuiltin.CastBetween(e.Type().OID, pgtypes.OIDNumeric)
	return &t.Cast{Typed: t.Typed{Typ: pgtypes.Of(pgtypes.OIDNumeric)}, Arg: e, Method: t.CastFunc, Proc: c.Func}
}
