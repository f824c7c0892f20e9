package plan

import (
	"errors"

	t "github.com/sqlgateway/gateway/translate"
)

// unpushed takes the topmost operator of a remote part back: each of its operators
// can be sent, but not all of them in one text. What is below is tried again.
func (p *planner) unpushed(c part, err error) Node {
	var refused *t.Refused
	if !errors.As(err, &refused) {
		p.fail(err)
		return &Values{Info: Info{Cols: c.remote.Columns()}}
	}
	below := func(r t.Rel, need t.ColumnSet) part {
		return part{remote: r, server: c.server, need: need}
	}
	note := noteOf(refused.Claim, operatorName(c.remote))
	switch x := c.remote.(type) {
	case *t.Filter:
		return p.filterNode(x, p.source(below(x.Input, also(c.need, x.Cond))), conjuncts(x.Cond, nil))
	case *t.Project:
		return p.projectNode(x, p.source(below(x.Input, itemsNeed(x.Items))))
	case *t.Join:
		need := also(c.need, x.On)
		l, r := below(x.Left, need), below(x.Right, need)
		l.refused(note)
		return p.joinNode(x, l, r)
	case *t.SetOp:
		l, r := below(x.Left, t.ColumnSetOf(x.LeftCols...)), below(x.Right, t.ColumnSetOf(x.RightCols...))
		l.refused(note)
		return p.setOpNode(x, l, r)
	case *t.Limit:
		return p.unpushedLimit(x, c, below)
	case *t.Sort, *t.Dedup, *t.Window, *t.Aggregate:
		in := below(x.Inputs()[0], unaryNeed(x, c.need))
		in.refused(note)
		return p.localUnary(x, p.source(in))
	}
	p.fail(err)
	return &Values{Info: Info{Cols: c.remote.Columns()}}
}

func (p *planner) unpushedLimit(x *t.Limit, c part, below func(t.Rel, t.ColumnSet) part) Node {
	s, ok := x.Input.(*t.Sort)
	if !ok {
		return p.limitNode(x, p.source(below(x.Input, c.need)), nil)
	}
	n := p.localUnary(s, p.source(below(s.Input, unaryNeed(s, c.need))))
	if sort, ok := n.(*Sort); ok && !x.WithTies {
		sort.Count, sort.Offset, sort.Rows = x.Count, x.Offset, p.est.of(x)
	}
	return p.limitNode(x, n, s.Keys)
}
