package operator

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// defaultMaxKeys bounds a dynamic filter's list when the plan does not.
const defaultMaxKeys = 1000

// fillDynamic leaves the build side's keys for the sources of the probe side.
func (o *hashJoinOp) fillDynamic(sc *scope, t *joinTable) {
	if !dropsUnmatched(o.kind) {
		return
	}
	for _, filter := range o.node.Dynamic {
		i := o.keyOf(filter)
		if i < 0 || o.nullsEqual[i] {
			continue
		}
		key := o.keyVectors(t.kept.cols)[i]
		left := o.leftKeys.list[i].Type()
		if values, ok := keyValues(t, key, left, filter.MaxKeys, len(o.classes) == 1); ok {
			sc.filters.put(filter, values)
		}
	}
}

// keyOf finds the join key that a filter restricts.
func (o *hashJoinOp) keyOf(filter *plan.DynamicFilter) int {
	for i, e := range o.leftKeys.list {
		if ref, ok := e.(*translate.ColRef); ok && ref.ID == filter.Column {
			return i
		}
	}
	if len(o.node.Dynamic) == 1 && len(o.leftKeys.list) == 1 {
		if _, ok := o.leftKeys.list[0].(*translate.ColRef); ok {
			return 0
		}
	}
	return -1
}

// keyValues are a key column's distinct values, or a set of them when there are more
// than most.
func keyValues(t *joinTable, key *vector.Vector, left pgtypes.Type, most int, single bool) (filterValues, bool) {
	if most <= 0 {
		most = defaultMaxKeys
	}
	if t.rows == 0 {
		return filterValues{none: true}, true
	}
	if !sameDatum(key.Type.OID, left.OID) {
		return filterValues{}, false
	}
	if single && t.keys.groups <= most || t.rows <= most {
		return filterValues{list: distinctValues(key, left, t.rows)}, true
	}
	switch key.Form {
	case vector.FormInt32, vector.FormInt64:
		low, high, ok := valueRange(key, t.rows)
		if !ok || !fits(low, left) || !fits(high, left) {
			return filterValues{}, false
		}
		return filterValues{low: integerDatum(low, left), high: integerDatum(high, left), set: valueSet(key, t.rows, low, high)}, true
	}
	return filterValues{}, false
}

// fits tells whether a type of integers has x.
func fits(x int64, t pgtypes.Type) bool { return asInt64(integerDatum(x, t)) == x }

// valueSet is an integer column's values.
func valueSet(key *vector.Vector, n int, low, high int64) *backends.IntSet {
	set := backends.NewIntSet(n, low, high)
	for r := range n {
		if !key.IsNull(r) {
			set.Add(intAt(key, r))
		}
	}
	return set
}

// sameDatum tells whether values of one type can be turned into the other's.
func sameDatum(from, to uint32) bool {
	a, b := vector.FormOf(from), vector.FormOf(to)
	integers := func(f vector.Form) bool { return f == vector.FormInt32 || f == vector.FormInt64 }
	return from == to || integers(a) && integers(b) || a == b && a == vector.FormString && from != pgtypes.OIDBpchar && to != pgtypes.OIDBpchar
}

func integerDatum(x int64, t pgtypes.Type) pgtypes.Datum {
	if vector.FormOf(t.OID) == vector.FormInt32 {
		return int32(x) // of the wider type's range only what the narrower has can match
	}
	return x
}

// distinctValues lists a column's values once each, NULL left out, in the Go type
// of t. Values that t can not hold match nothing and are left out too.
func distinctValues(key *vector.Vector, t pgtypes.Type, n int) []pgtypes.Datum {
	table := newGroupTable([]keyClass{keyClassOf(key.Type.OID)})
	var batch keyBatch
	groups := make([]int32, n)
	batch.loadKeys(table, []*vector.Vector{key}, nil, n)
	list := []pgtypes.Datum{}
	for _, r := range table.insert(&batch, groups, nil) {
		if key.IsNull(int(r)) {
			continue
		}
		value := vector.Get(key, int(r))
		if x, ok := integerOf(value); ok {
			if value = integerDatum(x, t); x != asInt64(value) {
				continue
			}
		}
		list = append(list, value)
	}
	return list
}

func integerOf(value pgtypes.Datum) (int64, bool) {
	switch v := value.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

func asInt64(value pgtypes.Datum) int64 {
	x, _ := integerOf(value)
	return x
}

// valueRange is the smallest and the largest of an integer column.
func valueRange(key *vector.Vector, n int) (low, high int64, ok bool) {
	for r := range n {
		if key.IsNull(r) {
			continue
		}
		x := intAt(key, r)
		if !ok || x < low {
			low = x
		}
		if !ok || x > high {
			high = x
		}
		ok = true
	}
	return low, high, ok
}
