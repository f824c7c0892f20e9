package operator

import (
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// builder turns plan nodes into operators that carry only the columns that
// someone above reads.
type builder struct {
	metrics *Metrics
}

// build makes the operator of n, of whose columns need are read.
func (b *builder) build(n plan.Node, need translate.ColumnSet) (operator, error) {
	op, err := b.operator(n, need)
	if err != nil {
		return nil, err
	}
	if b.metrics != nil {
		return &metered{op, b.metrics.Of(n)}, nil
	}
	return op, nil
}

func (b *builder) stats(n plan.Node) *Stats {
	if b.metrics == nil {
		return nil
	}
	return b.metrics.Of(n)
}

func (b *builder) operator(n plan.Node, need translate.ColumnSet) (operator, error) {
	switch n := n.(type) {
	case *plan.Source:
		return b.source(n, need)
	case *plan.Filter:
		return b.filter(n, need)
	case *plan.Project:
		return b.project(n, need)
	case *plan.ProjectSet:
		return b.projectSet(n, need)
	case *plan.HashJoin:
		return b.hashJoin(n, need)
	case *plan.NestedLoop:
		return b.nestedLoop(n, need)
	case *plan.Apply:
		return b.apply(n, need)
	case *plan.Aggregate:
		return b.aggregate(n, need)
	case *plan.Dedup:
		return b.dedup(n, need)
	case *plan.Window:
		return b.window(n, need)
	case *plan.Sort:
		return b.sort(n, need)
	case *plan.Limit:
		return b.limit(n, need)
	case *plan.SetOp:
		return b.setOp(n, need)
	case *plan.Values:
		return b.values(n, need)
	case *plan.FunctionScan:
		return b.functionScan(n, need)
	case *plan.With:
		return b.with(n, need)
	case *plan.CTEScan:
		return b.cteScan(n, need)
	}
	return nil, pgerr.Internal("no operator for plan node %T", n)
}

// kept are the columns of list that are in need.
func kept(list []translate.Column, need translate.ColumnSet) []translate.Column {
	cols := make([]translate.Column, 0, len(list))
	for _, c := range list {
		if need.Has(c.ID) {
			cols = append(cols, c)
		}
	}
	return cols
}

// reads adds what expressions read to need.
func reads(need translate.ColumnSet, list ...translate.Expr) translate.ColumnSet {
	all := need.Clone()
	for _, e := range list {
		if e != nil {
			all.AddSet(translate.ColumnsIn(e))
		}
	}
	return all
}

// position finds a column, or gives -1.
func position(cols []translate.Column, id translate.ColumnID) int {
	for i, c := range cols {
		if c.ID == id {
			return i
		}
	}
	return -1
}

func positions(cols []translate.Column, ids []translate.ColumnID) ([]int, error) {
	list := make([]int, len(ids))
	for i, id := range ids {
		if list[i] = position(cols, id); list[i] < 0 {
			return nil, pgerr.Internal("column %d is not in the operator's input", id)
		}
	}
	return list, nil
}

func (b *builder) source(n *plan.Source, need translate.ColumnSet) (operator, error) {
	op := &sourceOp{node: n, stats: b.stats(n)}
	for i, c := range n.Cols {
		if need.Has(c.ID) {
			op.cols = append(op.cols, c)
			op.index = append(op.index, i)
		}
	}
	for _, arg := range n.Args {
		e, err := compileExprs([]translate.Expr{arg.Expr}, nil)
		if err != nil {
			return nil, err
		}
		op.args = append(op.args, e)
	}
	return op, nil
}

func (b *builder) filter(n *plan.Filter, need translate.ColumnSet) (operator, error) {
	input, err := b.build(n.Input, reads(need, n.Conds...))
	if err != nil {
		return nil, err
	}
	conds, err := compileConds(n.Conds, input.columns())
	if err != nil {
		return nil, err
	}
	return &filterOp{input: input, conds: conds}, nil
}

func (b *builder) project(n *plan.Project, need translate.ColumnSet) (operator, error) {
	op := &projectOp{}
	var below translate.ColumnSet
	var items []translate.ProjectItem
	for _, item := range n.Items {
		// A volatile item runs even if nobody reads it.
		if need.Has(item.Col.ID) || translate.VolatilityOf(item.Expr) == translate.Volatile {
			items = append(items, item)
			below = reads(below, item.Expr)
		}
	}
	input, err := b.build(n.Input, below)
	if err != nil {
		return nil, err
	}
	op.input = input
	var computed []translate.Expr
	for _, item := range items {
		op.cols = append(op.cols, item.Col)
		from := -1
		if ref, ok := item.Expr.(*translate.ColRef); ok {
			from = position(input.columns(), ref.ID)
		}
		if from < 0 {
			computed = append(computed, item.Expr)
		}
		op.pass = append(op.pass, from)
	}
	op.items, err = compileExprs(computed, input.columns())
	return op, err
}

func (b *builder) limit(n *plan.Limit, need translate.ColumnSet) (operator, error) {
	below := need
	for _, k := range n.Keys {
		below = reads(below, k.Expr)
	}
	input, err := b.build(n.Input, below)
	if err != nil {
		return nil, err
	}
	op := &limitOp{input: input}
	if op.count, err = compileBound(n.Count); err != nil {
		return nil, err
	}
	if op.offset, err = compileBound(n.Offset); err != nil {
		return nil, err
	}
	if n.WithTies {
		op.ties, err = compileExprs(keyExprs(n.Keys), input.columns())
	}
	return op, err
}

func keyExprs(keys []translate.SortKey) []translate.Expr {
	list := make([]translate.Expr, len(keys))
	for i, k := range keys {
		list[i] = k.Expr
	}
	return list
}

func (b *builder) values(n *plan.Values, need translate.ColumnSet) (operator, error) {
	op := &valuesOp{cols: kept(n.Cols, need)}
	for _, row := range n.RowExprs {
		var list []translate.Expr
		for i, e := range row {
			if need.Has(n.Cols[i].ID) {
				list = append(list, e)
			}
		}
		e, err := compileExprs(list, nil)
		if err != nil {
			return nil, err
		}
		op.rows = append(op.rows, e)
	}
	return op, nil
}
