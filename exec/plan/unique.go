package plan

import t "github.com/sqlgateway/gateway/translate"

// uniqueOn says that no two rows of r agree on all of cols.
func uniqueOn(r t.Rel, cols t.ColumnSet) bool {
	switch x := r.(type) {
	case *t.Scan:
		return scanUnique(x, cols)
	case *t.Values:
		return len(x.Rows) <= 1
	case *t.Filter:
		return uniqueOn(x.Input, withConstants(x.Cond, cols))
	case *t.Sort:
		return uniqueOn(x.Input, cols)
	case *t.Lock:
		return uniqueOn(x.Input, cols)
	case *t.Limit:
		return atMostOneRow(x) || uniqueOn(x.Input, cols)
	case *t.Project:
		var below t.ColumnSet
		for _, it := range x.Items {
			if ref, ok := it.Expr.(*t.ColRef); ok && cols.Has(it.Col.ID) {
				below.Add(ref.ID)
			}
		}
		return uniqueOn(x.Input, below)
	case *t.Aggregate:
		return x.Sets == nil && t.ColumnSetOf(x.Groups...).SubsetOf(cols)
	case *t.Dedup:
		return t.ColumnSetOf(x.On...).SubsetOf(cols)
	case *t.Join:
		return joinUnique(x, cols)
	}
	return false
}

func scanUnique(x *t.Scan, cols t.ColumnSet) bool {
	have := map[int]bool{}
	for i, c := range x.Cols {
		if cols.Has(c.ID) {
			have[x.Attrs[i]] = true
		}
	}
	// A unique key that is not the primary one may hold many NULLs; the equalities
	// that ask never meet those.
	for _, key := range x.Table.Keys {
		covered := len(key) > 0
		for _, attr := range key {
			covered = covered && have[attr]
		}
		if covered {
			return true
		}
	}
	return false
}

// withConstants adds the columns that cond fixes to one value.
func withConstants(cond t.Expr, cols t.ColumnSet) t.ColumnSet {
	out := cols.Clone()
	for _, c := range conjuncts(cond, nil) {
		eq, ok := isEquality(c)
		if !ok {
			continue
		}
		for i, a := range eq.Args {
			if ref, ok := a.(*t.ColRef); ok && t.IsConstant(eq.Args[1-i]) {
				out.Add(ref.ID)
			}
		}
	}
	return out
}

// joinUnique: the left side stays unique when at most one right row meets each.
func joinUnique(x *t.Join, cols t.ColumnSet) bool {
	if x.Kind >= t.SemiJoin {
		return uniqueOn(x.Left, cols)
	}
	if x.Kind != t.InnerJoin && x.Kind != t.LeftJoin || x.Lateral {
		return false
	}
	return uniqueOn(x.Left, cols) && uniqueOn(x.Right, joinedColumns(x, x.Right))
}

// joinedColumns is the columns of side that ON equates with the other side.
func joinedColumns(x *t.Join, side t.Rel) t.ColumnSet {
	var s t.ColumnSet
	mine := t.ColumnsOf(side)
	for _, c := range conjuncts(x.On, nil) {
		eq, ok := isEquality(c)
		if !ok {
			continue
		}
		for i, a := range eq.Args {
			if ref, ok := a.(*t.ColRef); ok && mine.Has(ref.ID) && !t.ColumnsIn(eq.Args[1-i]).Intersects(mine) {
				s.Add(ref.ID)
			}
		}
	}
	return s
}

// atMostOneRow says that r gives one row or none.
func atMostOneRow(r t.Rel) bool {
	switch x := r.(type) {
	case *t.Aggregate:
		return len(x.Groups) == 0 && x.Sets == nil
	case *t.Limit:
		if n, ok := constInt(x.Count); ok && n <= 1 && !x.WithTies {
			return true
		}
		return atMostOneRow(x.Input)
	case *t.Values:
		return len(x.Rows) <= 1
	case *t.Project:
		return atMostOneRow(x.Input)
	case *t.Filter:
		return atMostOneRow(x.Input) || uniqueOn(x.Input, withConstants(x.Cond, t.ColumnSet{}))
	case *t.Sort:
		return atMostOneRow(x.Input)
	}
	return false
}
