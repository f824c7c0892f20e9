package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// written is what UPDATE and DELETE have in common: the target, what it is joined
// with and the condition.
type written struct {
	s      *scope
	table  *translate.Table
	alias  string
	scan   *translate.Scan
	item   *nsItem
	others []*nsItem
	from   translate.Rel
	where  translate.Expr
	input  translate.Rel
}

// written binds target, FROM or USING, and WHERE.
func (b *binder) written(with *translate.WithClause, relation *translate.RangeVar, from []translate.Node, where translate.Node) (*written, error) {
	w := &written{s: b.newScope(nil), alias: aliasOf(relation)}
	defs, err := w.s.withOf(with)
	if err != nil {
		return nil, err
	}
	if w.table, err = b.targetTable(relation, w.s); err != nil {
		return nil, err
	}
	if w.scan, w.item, err = w.s.scan(w.table, relation); err != nil {
		return nil, err
	}
	w.item.target = true
	setLateral([]*nsItem{w.item}, true, false)
	w.s.items = []*nsItem{w.item}
	if w.from, err = w.s.from(from); err != nil {
		return nil, err
	}
	setLateral(w.s.items, false, true)
	w.others = w.s.items[1:]
	if w.where, err = w.s.condition(where, kindWhere, "WHERE"); err != nil {
		return nil, err
	}
	w.input = w.scan
	if w.from != nil {
		w.input = &translate.Join{Kind: translate.InnerJoin, Left: w.scan, Right: w.from}
	}
	if w.where != nil {
		w.input = &translate.Filter{Input: w.input, Cond: w.where}
	}
	if len(defs) > 0 {
		w.input = &translate.With{CTEs: defs, Body: w.input}
	}
	return w, nil
}

// update is transformUpdateStmt.
func (b *binder) update(n *translate.UpdateStmt) (translate.Statement, error) {
	w, err := b.written(n.With, n.Relation, n.From, n.Where)
	if err != nil {
		return nil, err
	}
	out := &translate.Update{Target: w.table, Alias: w.alias, Input: w.input, TargetScan: w.scan, Where: w.where, From: w.from}
	if out.Returning, err = w.s.returning(n.Returning, w.table, w.alias, w.others); err != nil {
		return nil, err
	}
	out.Sets, err = w.s.assignments(n.Sets, w.table)
	return out, err
}

// delete is transformDeleteStmt.
func (b *binder) delete(n *translate.DeleteStmt) (translate.Statement, error) {
	w, err := b.written(n.With, n.Relation, n.Using, n.Where)
	if err != nil {
		return nil, err
	}
	out := &translate.Delete{Target: w.table, Alias: w.alias, Input: w.input, TargetScan: w.scan, Where: w.where, Using: w.from}
	out.Returning, err = w.s.returning(n.Returning, w.table, w.alias, w.others)
	return out, err
}

// assignments is transformUpdateTargetList.
func (s *scope) assignments(list []*translate.ResTarget, t *translate.Table) ([]translate.Assignment, error) {
	values := make([]translate.Expr, len(list))
	for i, set := range list {
		var err error
		if values[i], err = s.setValue(set.Value); err != nil {
			return nil, err
		}
	}
	var out []translate.Assignment
	for i, set := range list {
		attr, err := s.b.targetColumn(set, t)
		if err != nil {
			return nil, err
		}
		e, err := s.assign(values[i], t, attr, set.Pos)
		if err != nil {
			return nil, err
		}
		out = append(out, translate.Assignment{Attr: attr, Value: e})
	}
	for i := range out {
		for j := range i {
			if out[i].Attr == out[j].Attr {
				return nil, pgerr.New(pgerr.SyntaxError, "multiple assignments to same column \"%s\"", t.Columns[out[i].Attr].Name)
			}
		}
	}
	return out, nil
}

func (s *scope) setValue(n translate.Node) (translate.Expr, error) {
	switch n := n.(type) {
	case *translate.SetToDefault:
		return &translate.DefaultValue{Typed: translate.Typed{Pos: n.Pos}}, nil
	case *translate.MultiAssign:
		return s.multiAssign(n)
	}
	return s.exprIn(kindUpdateSource, n)
}

// assignField takes one value of a row, of which stars are several.
func (s *scope) assignField(n *translate.MultiAssign, row *translate.RowNode) (translate.Expr, error) {
	var values []translate.Expr
	var nodes []translate.Node // nil where a star gave the value
	for _, arg := range row.Args {
		fields, ok, err := s.expandStar(arg)
		if err != nil {
			return nil, err
		}
		if !ok {
			values, nodes = append(values, nil), append(nodes, arg)
		}
		for _, f := range fields {
			values, nodes = append(values, f.expr), append(nodes, nil)
		}
	}
	if len(values) != n.Columns {
		return nil, s.b.errorAt(translate.Leftmost(row), pgerr.SyntaxError, "number of columns does not match number of values")
	}
	if node := nodes[n.Column-1]; node != nil {
		return s.setValue(node)
	}
	return values[n.Column-1], nil
}

// multiAssign is one column of SET (a, b) = source. A sub-query is bound once for
// each column, so each is a scalar sub-query of its own.
func (s *scope) multiAssign(n *translate.MultiAssign) (translate.Expr, error) {
	switch source := n.Source.(type) {
	case *translate.RowNode:
		return s.assignField(n, source)
	case *translate.SubLink:
		if source.Kind != translate.SubLinkExpr {
			break
		}
		var q *query
		err := s.within(kindUpdateSource, func() (err error) {
			q, err = s.subquery(source.Query, true)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(q.out) != n.Columns {
			return nil, s.b.errorAt(source.Pos, pgerr.SyntaxError, "number of columns does not match number of values")
		}
		o := q.out[n.Column-1]
		return &translate.Subquery{
			Typed: translate.Typed{Typ: o.Type, Coll: o.Coll, Pos: source.Pos}, Kind: translate.ScalarSubquery, Rel: q.rel,
			Columns: []translate.ColumnID{o.ID},
		}, nil
	}
	return nil, s.b.errorAt(translate.Leftmost(n.Source), pgerr.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression")
}
