package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// sublink is transformSubLink.
func (s *scope) sublink(n *translate.SubLink) (translate.Expr, error) {
	q, err := s.subquery(n.Query, true)
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case translate.SubLinkExists:
		return &translate.Subquery{Typed: typed(pgtypes.OIDBool, n.Pos), Kind: translate.ExistsSubquery, Rel: q.rel}, nil
	case translate.SubLinkExpr, translate.SubLinkArray:
		return s.valueSublink(n, q)
	default:
		return s.compareSublink(n, q)
	}
}

func (s *scope) valueSublink(n *translate.SubLink, q *query) (translate.Expr, error) {
	if len(q.out) != 1 {
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "subquery must return only one column")
	}
	out := &translate.Subquery{Kind: translate.ScalarSubquery, Rel: q.rel, Columns: q.ids()}
	out.Typed = translate.Typed{Typ: q.out[0].Type, Coll: q.out[0].Coll, Pos: n.Pos}
	if n.Kind != translate.SubLinkArray {
		return out, nil
	}
	out.Kind = translate.ArraySubquery
	element := out.Typ.OID
	if elementOf(element) != 0 {
		return out, nil // an array of arrays has the same type
	}
	array := arrayOf(element)
	if array == 0 {
		return nil, s.b.errorAt(n.Pos, pgerr.UndefinedObject, "could not find array type for data type %s", typeText(element))
	}
	out.Typ = pgtypes.Type{OID: array, Typmod: out.Typ.Typmod}
	return out, nil
}

// compareSublink is x op ANY (q), x op ALL (q) and x IN (q).
func (s *scope) compareSublink(n *translate.SubLink, q *query) (translate.Expr, error) {
	test, err := s.expr(n.Test)
	if err != nil {
		return nil, err
	}
	left := []translate.Expr{test}
	if row, ok := test.(*translate.RowExpr); ok {
		if _, isRow := n.Test.(*translate.RowNode); isRow {
			left = append([]translate.Expr(nil), row.Fields...)
		}
	}
	switch {
	case len(left) < len(q.out):
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "subquery has too many columns")
	case len(left) > len(q.out):
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "subquery has too few columns")
	}
	names := n.Operator
	if len(names) == 0 {
		names = []string{"="}
	}
	out := &translate.Subquery{Typed: typed(pgtypes.OIDBool, n.Pos), Kind: translate.AnySubquery, Name: names[len(names)-1]}
	if n.Kind == translate.SubLinkAll {
		out.Kind = translate.AllSubquery
	}
	return s.subqueryOperators(out, names, left, q, n.Pos)
}

// subqueryOperators resolves the comparison of each column; columns that need a
// conversion get it in a Project over the sub-query.
func (s *scope) subqueryOperators(out *translate.Subquery, names []string, left []translate.Expr, q *query, pos int) (translate.Expr, error) {
	rel, changed := q.rel, false
	items := make([]translate.ProjectItem, len(q.out))
	ops := make([]*translate.OpExpr, len(q.out))
	for i, o := range q.out {
		e, err := s.b.operator(names, left[i], o.Ref(), pos)
		if err != nil {
			return nil, err
		}
		op := e.(*translate.OpExpr)
		if op.Typ.OID != pgtypes.OIDBool {
			return nil, s.b.errorAt(pos, pgerr.DatatypeMismatch, "operator %s must return boolean, not type %s", out.Name, typeText(op.Typ.OID))
		}
		ops[i] = op
		out.Left = append(out.Left, op.Args[0])
		out.Ops, out.Procs = append(out.Ops, op.Op), append(out.Procs, op.Proc)
		col := o.Column
		if ref, ok := op.Args[1].(*translate.ColRef); !ok || ref.ID != o.ID {
			col.ID = s.b.newColumn(columnInfo{kind: derivedColumn, name: o.Name})
			col.Type, col.Coll, changed = op.Args[1].Type(), op.Args[1].Collation(), true
		}
		items[i] = translate.ProjectItem{Col: col, Expr: op.Args[1]}
		out.Columns = append(out.Columns, col.ID)
	}
	if changed {
		rel = &translate.Project{Input: rel, Items: items}
	}
	out.Rel = rel
	if len(ops) > 1 {
		if k := rowStrategy(ops); k != 3 && k != 6 {
			return nil, s.b.errorAt(pos, pgerr.FeatureNotSupported, "row comparison with operator %s and a subquery is not supported", out.Name)
		}
	}
	return out, nil
}

// rowSublink is (a, b) op (SELECT x, y ...): a comparison of rows, the right one of
// scalar sub-queries. Each is the whole query, bound again for its column, so that
// more than one row is an error as it should be.
func (s *scope) rowSublink(n *translate.AExpr, row *translate.RowNode, sub *translate.SubLink) (translate.Expr, error) {
	left, err := s.exprs(row.Args)
	if err != nil {
		return nil, err
	}
	right := make([]translate.Expr, len(left))
	for i := range left {
		q, err := s.subquery(sub.Query, true)
		if err != nil {
			return nil, err
		}
		switch {
		case len(left) < len(q.out):
			return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "subquery has too many columns")
		case len(left) > len(q.out):
			return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "subquery has too few columns")
		}
		o := q.out[i]
		right[i] = &translate.Subquery{
			Typed: translate.Typed{Typ: o.Type, Coll: o.Coll, Pos: sub.Pos}, Kind: translate.ScalarSubquery, Rel: q.rel,
			Columns: []translate.ColumnID{o.ID},
		}
	}
	return s.b.rowComparison(n.Name, left, right, n.Pos)
}
