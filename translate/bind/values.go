package bind

import (
	"strconv"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// valuesQuery is transformValuesClause.
func (s *scope) valuesQuery(n *translate.SelectStmt) (*query, error) {
	rows := make([][]translate.Expr, len(n.Values))
	for i, list := range n.Values {
		if len(list) != len(n.Values[0]) {
			return nil, s.b.errorAt(leftmostOf(list), pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		row, err := s.valuesRow(list, kindValues)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	out := &translate.Values{Rows: rows}
	q := &query{rel: out}
	for c := range rows[0] {
		column := make([]translate.Expr, len(rows))
		for r := range rows {
			column[r] = rows[r][c]
		}
		typ, err := s.b.unify(column, "VALUES")
		if err != nil {
			return nil, err
		}
		notNull := true
		for r := range rows {
			rows[r][c] = column[r]
			k, ok := column[r].(*translate.Const)
			notNull = notNull && ok && k.Value != nil
		}
		name := "column" + strconv.Itoa(c+1)
		col := translate.Column{
			ID:   s.b.newColumn(columnInfo{scope: s, alias: "*VALUES*", name: name}),
			Name: name, Type: pgtypes.Type{OID: typ, Typmod: commonTypmod(column, typ)}, Coll: resultCollation(typ, column), NotNull: notNull,
		}
		out.Cols = append(out.Cols, col)
		q.out = append(q.out, outColumn{Column: col})
	}
	if len(n.Locking) > 0 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "FOR %s cannot be applied to VALUES", n.Locking[0].Strength)
	}
	item := &nsItem{name: "*VALUES*", colsVisible: true, relVisible: true}
	for _, o := range q.out {
		item.cols = append(item.cols, nsColumn{name: o.Name, col: o.Column})
	}
	s.items = append(s.items, s.remember(item))
	return s.finishQuery(n, q, false)
}

func leftmostOf(nodes []translate.Node) int {
	for _, n := range nodes {
		if pos := translate.Leftmost(n); pos != 0 {
			return pos
		}
	}
	return 0
}

// valuesRow binds one row; DEFAULT is refused here as in transformExprRecurse.
func (s *scope) valuesRow(list []translate.Node, kind exprKind) ([]translate.Expr, error) {
	row := make([]translate.Expr, 0, len(list))
	for _, n := range list {
		if fields, ok, err := s.expandStar(n); err != nil {
			return nil, err
		} else if ok {
			for _, f := range fields {
				row = append(row, f.expr)
			}
			continue
		}
		e, err := s.exprIn(kind, n)
		if err != nil {
			return nil, err
		}
		row = append(row, e)
	}
	return row, nil
}
