package bind_test

import (
	"fmt"

	"github.com/sqlgateway/gateway/translate"
)

// wellFormed checks a bound statement: every column reference names a column that
// the node's inputs put out (or an outer row), with its type; no column is made
// twice; sub-queries' columns exist.
func wellFormed(s translate.Statement) error {
	c := &checker{made: map[translate.ColumnID]bool{}}
	switch s := s.(type) {
	case *translate.Query:
		c.rel(s.Rel, nil)
		for _, o := range s.Output {
			c.has(s.Rel.Columns(), o.ID, "output "+o.Name)
		}
	case *translate.Insert:
		c.rel(s.Source, nil)
		for _, id := range s.SourceCols {
			c.has(s.Source.Columns(), id, "source column")
		}
		if s.OnConflict != nil {
			scope := append(append([]translate.Column{}, s.OnConflict.Existing...), s.OnConflict.Excluded...)
			for _, a := range s.OnConflict.Sets {
				c.expr(a.Value, scope)
			}
			c.expr(s.OnConflict.SetWhere, scope)
		}
		c.returning(s.Returning, nil)
	case *translate.Update:
		c.rel(s.Input, nil)
		for _, a := range s.Sets {
			c.expr(a.Value, s.Input.Columns())
		}
		c.returning(s.Returning, s.Input.Columns())
	case *translate.Delete:
		c.rel(s.Input, nil)
		c.returning(s.Returning, s.Input.Columns())
	case *translate.Utility:
		if s.Sub != nil {
			return wellFormed(s.Sub)
		}
	}
	return c.err
}

type checker struct {
	made map[translate.ColumnID]bool
	err  error
}

func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

func (c *checker) has(cols []translate.Column, id translate.ColumnID, what string) {
	for _, col := range cols {
		if col.ID == id {
			return
		}
	}
	c.fail("%s: column %d is not there", what, id)
}

func (c *checker) make(id translate.ColumnID) {
	if id == 0 || c.made[id] {
		c.fail("column %d is made twice", id)
	}
	c.made[id] = true
}

func (c *checker) returning(r *translate.Returning, input []translate.Column) {
	if r == nil {
		return
	}
	for _, item := range r.Items {
		c.expr(item.Expr, append(append([]translate.Column{}, r.Target...), input...))
	}
}

// expr checks an expression whose columns come from scope.
func (c *checker) expr(e translate.Expr, scope []translate.Column) {
	if e == nil {
		return
	}
	if e.Type().OID == 0 {
		c.fail("%T has no type", e)
	}
	switch n := e.(type) {
	case *translate.ColRef:
		for _, col := range scope {
			if col.ID == n.ID {
				if col.Type.OID != n.Typ.OID {
					c.fail("column %s is of type %d and is read as %d", n.Name, col.Type.OID, n.Typ.OID)
				}
				return
			}
		}
		c.fail("column %s (%d) is not among the inputs", n.Name, n.ID)
	case *translate.Grouping:
		for _, id := range n.Columns {
			c.has(scope, id, "GROUPING")
		}
	case *translate.Subquery:
		c.rel(n.Rel, scope)
		for _, id := range n.Columns {
			c.has(n.Rel.Columns(), id, "sub-query")
		}
	case *translate.Const, *translate.Param, *translate.OpExpr, *translate.FuncExpr, *translate.Cast, *translate.BoolExpr, *translate.NullTest,
		*translate.BoolTest, *translate.Distinct, *translate.NullIf, *translate.ScalarArrayOp, *translate.Case, *translate.CaseTest,
		*translate.Coalesce, *translate.MinMax, *translate.ArrayExpr, *translate.Subscript, *translate.RowExpr, *translate.FieldSelect,
		*translate.RowCompare, *translate.Collate, *translate.AggCall, *translate.WindowCall, *translate.DefaultValue:
	default:
		c.fail("%T is not an expression of the typed tree", e)
	}
	translate.EachChild(e, func(child translate.Expr) { c.expr(child, scope) })
}

func (c *checker) rel(rel translate.Rel, outer []translate.Column) {
	scope := append([]translate.Column{}, outer...)
	for _, in := range rel.Inputs() {
		scope = append(scope, in.Columns()...)
	}
	switch r := rel.(type) {
	case *translate.With:
		for _, cte := range r.CTEs {
			c.cte(cte, outer)
		}
	case *translate.Join:
		c.rel(r.Left, outer)
		if r.Lateral {
			c.rel(r.Right, append(append([]translate.Column{}, outer...), r.Left.Columns()...))
		} else {
			c.rel(r.Right, outer)
		}
		c.expr(r.On, scope)
		return
	case *translate.Scan:
		c.columns(r.Cols)
	case *translate.Values:
		c.columns(r.Cols)
	case *translate.FuncScan:
		c.columns(r.Cols)
	case *translate.SetOp:
		c.columns(r.Cols)
		for i := range r.Cols {
			c.has(r.Left.Columns(), r.LeftCols[i], "left side")
			c.has(r.Right.Columns(), r.RightCols[i], "right side")
		}
	case *translate.CTERef:
		c.columns(r.Cols)
	case *translate.Project:
		c.items(r.Items)
	case *translate.ProjectSet:
		c.items(r.Items)
	case *translate.Aggregate:
		for _, id := range r.Groups {
			c.has(r.Input.Columns(), id, "group")
		}
		for _, a := range r.Aggs {
			c.make(a.Col.ID)
		}
	case *translate.Window:
		for _, id := range r.Partition {
			c.has(r.Input.Columns(), id, "partition")
		}
	case *translate.Dedup:
		for _, id := range r.On {
			c.has(r.Input.Columns(), id, "DISTINCT")
		}
	}
	translate.EachExpr(rel, func(e translate.Expr) { c.expr(e, scope) })
	for _, in := range rel.Inputs() {
		c.rel(in, outer)
	}
}

func (c *checker) columns(cols []translate.Column) {
	for _, col := range cols {
		c.make(col.ID)
	}
}

// items of a projection make columns, but for those that pass through.
func (c *checker) items(items []translate.ProjectItem) {
	seen := map[translate.ColumnID]bool{}
	for _, item := range items {
		if seen[item.Col.ID] {
			c.fail("column %d is put out twice", item.Col.ID)
		}
		seen[item.Col.ID] = true
		if ref, ok := item.Expr.(*translate.ColRef); ok && ref.ID == item.Col.ID {
			continue
		}
		c.make(item.Col.ID)
		if item.Expr.Type().OID != item.Col.Type.OID {
			c.fail("column %s is of type %d but its expression of %d", item.Col.Name, item.Col.Type.OID, item.Expr.Type().OID)
		}
	}
}

func (c *checker) cte(cte *translate.CTE, outer []translate.Column) {
	if !cte.Recursive {
		c.rel(cte.Rel, outer)
		for _, col := range cte.Cols {
			c.has(cte.Rel.Columns(), col.ID, "WITH "+cte.Name)
		}
		return
	}
	c.rel(cte.Base, outer)
	c.rel(cte.Step, outer)
	for i := range cte.Cols {
		c.has(cte.Base.Columns(), cte.BaseCols[i], "base of "+cte.Name)
		c.has(cte.Step.Columns(), cte.StepCols[i], "step of "+cte.Name)
	}
}
