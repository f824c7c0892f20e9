package eval

import (
	"strings"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// NewAggregate makes the state of an aggregate call without groups: call Resize
// first. FILTER, DISTINCT and ORDER BY of the call are the caller's.
func NewAggregate(a *translate.AggCall, ctx *Context) (Aggregate, error) {
	types := make([]pgtypes.Type, len(a.Args))
	for i, arg := range a.Args {
		types[i] = arg.Type()
	}
	agg, err := aggregateOf(a.Name, types, a.Typ, a.Star, ctx)
	switch agg := agg.(type) {
	case *textAgg:
		agg.call.shapes = shapesOf(a.Args)
	case *canonicalAgg:
		agg.call.shapes = shapesOf(a.Args)
	}
	return agg, err
}

// aggregateOf makes the state of an aggregate by its name and types.
func aggregateOf(name string, args []pgtypes.Type, result pgtypes.Type, star bool, ctx *Context) (Aggregate, error) {
	if name == "count" {
		return newCount(star || len(args) == 0), nil
	}
	if len(args) > 0 {
		if a := simpleAggregate(name, args, result); a != nil {
			return a, nil
		}
		if a := collectingAggregate(name, args, result, ctx); a != nil {
			return a, nil
		}
	}
	names := make([]string, len(args))
	for i, t := range args {
		names[i] = pgtypes.FormatType(pgtypes.Of(t.OID))
	}
	return nil, pgerr.Unsupported("aggregate function %s(%s) is not supported yet", name, strings.Join(names, ", "))
}

func simpleAggregate(name string, args []pgtypes.Type, result pgtypes.Type) Aggregate {
	if final, ok := regressions[name]; ok && len(args) == 2 {
		return newRegression(final)
	}
	if name == "regr_count" {
		return &regressionAgg{states: states[regression]{combine: combineRegression}, count: true}
	}
	switch name {
	case "min", "max":
		return newMinMax(args[0], name == "max")
	case "bool_and", "every":
		return newBoolAgg(true)
	case "bool_or":
		return newBoolAgg(false)
	case "bit_and", "bit_or", "bit_xor":
		if form := vector.FormOf(result.OID); form == vector.FormInt32 || form == vector.FormInt64 {
			return newBitAgg(map[string]byte{"bit_and": '&', "bit_or": '|', "bit_xor": '^'}[name], form)
		}
		return nil
	}
	return arithmeticAggregate(name, args[0].OID)
}

// arithmeticAggregate is sum, avg and the variance family.
func arithmeticAggregate(name string, oid uint32) Aggregate {
	switch vector.FormOf(oid) {
	case vector.FormInterval:
		return intervalAggregate(name)
	case vector.FormFloat64:
		switch name {
		case "sum":
			return newFloatSum(oid == pgtypes.OIDFloat4)
		case "avg":
			return newMoments(floatAvg)
		}
		if root, sample, ok := deviation(name); ok {
			return newMoments(floatDeviation(root, sample))
		}
	case vector.FormInt32, vector.FormInt64, vector.FormDecimal:
		switch name {
		case "sum":
			if oid == pgtypes.OIDInt2 || oid == pgtypes.OIDInt4 {
				return newIntSum()
			}
			return newNumericAgg(false, numericSum)
		case "avg":
			return newNumericAgg(false, numericAvg)
		}
		if root, sample, ok := deviation(name); ok {
			return newNumericAgg(true, numericDeviation(root, sample))
		}
	}
	return nil
}

func deviation(name string) (root, sample, ok bool) {
	switch name {
	case "stddev", "stddev_samp":
		return true, true, true
	case "stddev_pop":
		return true, false, true
	case "variance", "var_samp":
		return false, true, true
	case "var_pop":
		return false, false, true
	}
	return false, false, false
}

// intSum is sum over int2 and int4.
type intSum struct{ states[intState] }

func newIntSum() Aggregate {
	return &intSum{states[intState]{combine: func(into, from *intState) error {
		sum, err := intApply('+', into.value, from.value)
		into.seen, into.value = into.seen || from.seen, sum
		return err
	}}}
}

// Update implements Aggregate.
func (a *intSum) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	v := args[0]
	if groups != nil && sel == nil && !v.Const && v.Codes == nil && v.Null == nil {
		for i, x := range v.I32[:n] {
			s := &a.groups[groups[i]]
			s.seen = true
			sum := s.value + int64(x)
			if (sum^s.value)&(sum^int64(x)) < 0 {
				return outOfRange(width8)
			}
			s.value = sum
		}
		return nil
	}
	return eachValue(groups, v, sel, n, func(g uint32, row int) error {
		p, i := v.At(row)
		s := &a.groups[g]
		sum, err := intApply('+', s.value, int64(p.I32[i]))
		s.seen, s.value = true, sum
		return err
	})
}

// Final implements Aggregate.
func (a *intSum) Final(dst *vector.Vector, from, n int) error {
	return finish(dst, vector.FormInt64, n, func(row int) (bool, error) {
		dst.I64[row] = a.groups[from+row].value
		return a.groups[from+row].seen, nil
	})
}

// intervalState is a running sum of intervals.
type intervalState struct {
	count int64
	sum   pgtypes.Interval
}

func intervalAggregate(name string) Aggregate {
	if name != "sum" && name != "avg" {
		return nil
	}
	join := func(into, from *intervalState) (err error) {
		into.count += from.count
		into.sum, err = intervalAdd(into.sum, from.sum)
		return err
	}
	return &foldAgg[intervalState]{
		states: states[intervalState]{combine: join}, form: vector.FormInterval,
		update: func(s *intervalState, v *vector.Vector, i int) error {
			return join(s, &intervalState{1, v.Interval[i]})
		},
		final: func(s *intervalState, dst *vector.Vector, row int) (ok bool, err error) {
			dst.Interval[row] = s.sum
			if name == "avg" && s.count > 0 {
				dst.Interval[row], err = intervalDiv(s.sum, float64(s.count))
			}
			return s.count > 0, err
		},
	}
}

func collectingAggregate(name string, args []pgtypes.Type, result pgtypes.Type, ctx *Context) Aggregate {
	switch name {
	case "string_agg":
		return newStringAgg()
	case "array_agg":
		return newCollect(&collectAgg{element: args[0], result: result, nulls: true, final: finalArray})
	case "mode":
		return newCollect(&collectAgg{element: args[0], result: result, final: finalMode})
	case "percentile_cont":
		return newCollect(&collectAgg{element: args[1], result: result, column: 1, final: finalPercentile(pickContinuous)})
	case "percentile_disc":
		return newCollect(&collectAgg{element: args[1], result: result, column: 1, final: finalPercentile(pickDiscrete)})
	}
	return jsonAggregate(name, args, result, ctx)
}
