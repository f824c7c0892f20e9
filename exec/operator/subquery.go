package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// errManyRows is a scalar sub-query that gave more than one row.
func errManyRows() error {
	return pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
}

// scalarValue is the one value of a stream's only row; NULL without rows.
func scalarValue(ctx context.Context, s stream) (pgtypes.Datum, error) {
	b, err := s.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	if b.Count() > 1 {
		return nil, errManyRows()
	}
	value := vector.Get(b.Cols[0], firstRow(b))
	b, err = s.next(ctx)
	if err != nil {
		return nil, err
	}
	if b != nil {
		return nil, errManyRows()
	}
	return value, nil
}

func firstRow(b *vector.Batch) int {
	if b.Sel != nil {
		return int(b.Sel[0])
	}
	return 0
}

// collectArray is ARRAY(sub-query): one dimension, empty without rows.
func collectArray(ctx context.Context, s stream, t pgtypes.Type) (pgtypes.Datum, error) {
	var values []pgtypes.Datum
	for {
		b, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			return arrayOf(t, values)
		}
		vector.Each(b.Cols[0], b.Sel, b.Rows, func(row int) {
			values = append(values, vector.Get(b.Cols[0], row))
		})
	}
}

// arrayOf makes a one-dimensional array.
func arrayOf(t pgtypes.Type, values []pgtypes.Datum) (pgtypes.Datum, error) {
	element, ok := pgtypes.ElementType(t.OID)
	if !ok {
		return nil, pgerr.Internal("type %d is not an array", t.OID)
	}
	return pgtypes.NewArray(element, values), nil
}
