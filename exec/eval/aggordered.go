package eval

import (
	"math"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// The ordered-set aggregates: their rows arrive in WITHIN GROUP's order, direct
// arguments first.

func errPercentile(p float64) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "percentile value %s is not between 0 and 1", string(pgtypes.AppendFloat8(nil, p, 0)))
}

func checkPercentile(p float64) error {
	if p < 0 || p > 1 || p != p {
		return errPercentile(p)
	}
	return nil
}

// finalPercentile applies pick for each fraction: one, or an array of them.
func finalPercentile(pick func(values []pgtypes.Datum, p float64) (pgtypes.Datum, error)) func(a *collectAgg, s *arrayState) (pgtypes.Datum, error) {
	return func(a *collectAgg, s *arrayState) (pgtypes.Datum, error) {
		if len(s.elements) == 0 {
			return nil, nil
		}
		switch p := a.direct.(type) {
		case float64:
			if err := checkPercentile(p); err != nil {
				return nil, err
			}
			return pick(s.elements, p)
		case pgtypes.Array:
			element, _ := pgtypes.ElementType(a.result.OID)
			out := pgtypes.Array{ElementType: element, Dims: p.Dims}
			for _, e := range p.Elements {
				var d pgtypes.Datum
				if f, ok := e.(float64); ok {
					if err := checkPercentile(f); err != nil {
						return nil, err
					}
					var err error
					if d, err = pick(s.elements, f); err != nil {
						return nil, err
					}
				}
				out.Elements = append(out.Elements, d)
			}
			return out, nil
		}
		return nil, nil
	}
}

func pickDiscrete(values []pgtypes.Datum, p float64) (pgtypes.Datum, error) {
	at := int(math.Ceil(p * float64(len(values))))
	return values[max(at, 1)-1], nil
}

func pickContinuous(values []pgtypes.Datum, p float64) (pgtypes.Datum, error) {
	position := p * float64(len(values)-1)
	low, high := int(math.Floor(position)), int(math.Ceil(position))
	if low == high {
		return values[low], nil
	}
	part := position - float64(low)
	switch a := values[low].(type) {
	case float64:
		return a + part*(values[high].(float64)-a), nil
	case pgtypes.Interval:
		difference, err := intervalSub(values[high].(pgtypes.Interval), a)
		if err != nil {
			return nil, err
		}
		step, err := intervalMul(difference, part)
		if err != nil {
			return nil, err
		}
		return intervalAdd(step, a)
	}
	return nil, nil
}

// finalMode is the most frequent value; of several, the first in order.
func finalMode(a *collectAgg, s *arrayState) (pgtypes.Datum, error) {
	var best pgtypes.Datum
	most, run := 0, 0
	for i, e := range s.elements {
		if i > 0 && pgtypes.Compare(a.element.OID, s.elements[i-1], e) == 0 {
			run++
		} else {
			run = 1
		}
		if run > most {
			most, best = run, s.elements[i-run+1]
		}
	}
	return best, nil
}
