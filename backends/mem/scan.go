package mem

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// scan is a batch.Source over one state of a table.
type scan struct {
	t    *table
	f    backends.Fragment
	next int
	left int64 // rows still wanted, negative for all
}

// Fill implements batch.Source.
func (s *scan) Fill(_ context.Context, b *batch.Builder) (more bool, err error) {
	for s.next < len(s.t.rows) && s.left != 0 {
		row := s.t.rows[s.next]
		s.next++
		if !s.passes(row) {
			continue
		}
		s.left--
		for i, column := range s.f.Scan.Columns {
			if err := b.Columns[i].Datum(s.f.Output[i].Type, row[column]); err != nil {
				return false, err
			}
		}
		if !b.EndRow() {
			return true, nil
		}
	}
	return false, nil
}

// Close implements batch.Source.
func (*scan) Close() {}

func (s *scan) passes(row Row) bool {
	for _, p := range s.f.Scan.Predicates {
		if !holds(p, s.t.Columns[p.Column].Type.OID, row[p.Column]) {
			return false
		}
	}
	return true
}

// holds applies a predicate; a comparison with NULL does not hold.
func holds(p backends.Predicate, oid uint32, v pgtypes.Datum) bool {
	switch p.Op {
	case backends.IsNull:
		return v == nil
	case backends.IsNotNull:
		return v != nil
	}
	if v == nil {
		return false
	}
	if p.Op == backends.Among {
		return among(p.Set, v)
	}
	for _, value := range p.Values {
		if value != nil && compared(p.Op, pgtypes.Compare(oid, v, value)) {
			return true
		}
	}
	return false
}

func among(set *backends.IntSet, v pgtypes.Datum) bool {
	switch v := v.(type) {
	case int32:
		return set.Has(int64(v))
	case int64:
		return set.Has(v)
	}
	return true
}

func compared(op backends.PredicateOp, order int) bool {
	switch op {
	case backends.Equal, backends.In:
		return order == 0
	case backends.NotEqual:
		return order != 0
	case backends.Less:
		return order < 0
	case backends.LessOrEqual:
		return order <= 0
	case backends.Greater:
		return order > 0
	default:
		return order >= 0
	}
}
