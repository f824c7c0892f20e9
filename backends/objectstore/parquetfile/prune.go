package parquetfile

import (
	"math"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// MayMatch says whether a row group may hold rows for which a predicate on a
// column is true; false is proof that it holds none. Values are of type oid; when
// the file's column has another, nothing is known.
func (f *File) MayMatch(group, column int, oid uint32, p backends.Predicate) bool {
	if f.Columns[column].Type.OID != oid {
		return true
	}
	return f.Bounds(group, column).MayMatch(oid, p)
}

// MayMatch says whether values within the bounds may make a predicate true.
func (b Bounds) MayMatch(oid uint32, p backends.Predicate) bool {
	switch p.Op {
	case backends.IsNull:
		return b.Nulls != 0
	case backends.IsNotNull:
		return b.Nulls < b.Rows
	}
	if b.Nulls >= b.Rows && b.Nulls >= 0 {
		return false // all NULL, and no comparison is true for NULL
	}
	if p.Op == backends.Among {
		return b.mayMatchValue(oid, backends.LessOrEqual, p.Values[1]) && b.mayMatchValue(oid, backends.GreaterOrEqual, p.Values[0])
	}
	for _, v := range p.Values {
		if v != nil && b.mayMatchValue(oid, p.Op, v) {
			return true
		}
	}
	return false
}

// mayMatchValue compares with the bounds. Postgres puts NaN above every number, and
// Parquet leaves it out of the statistics, so an upper bound of floats proves
// nothing about what is greater.
func (b Bounds) mayMatchValue(oid uint32, op backends.PredicateOp, v pgtypes.Datum) bool {
	if b.Min == nil || b.Max == nil || isNaN(v) {
		return true
	}
	float := oid == pgtypes.OIDFloat4 || oid == pgtypes.OIDFloat8
	low, high := pgtypes.Compare(oid, b.Min, v), pgtypes.Compare(oid, b.Max, v)
	switch op {
	case backends.Equal, backends.In:
		return low <= 0 && high >= 0
	case backends.Less:
		return low < 0
	case backends.LessOrEqual:
		return low <= 0
	case backends.Greater:
		return float || high > 0
	case backends.GreaterOrEqual:
		return float || high >= 0
	case backends.NotEqual:
		// Shortened texts are bounds that need not occur, but equal ones do.
		return float || low != 0 || high != 0
	default:
		return true
	}
}

func isNaN(v pgtypes.Datum) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}
