package eval

import (
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
)

// floatSum is sum over floats: plain addition in order, as float8pl.
type floatSum struct {
	seen bool
	sum  float64
}

func newFloatSum(single bool) Aggregate {
	join := func(s *floatSum, x float64) error {
		if !s.seen {
			s.seen, s.sum = true, x
			return nil
		}
		z, err := floatApply('+', s.sum, x, single)
		s.sum = z
		return err
	}
	return &foldAgg[floatSum]{
		states: states[floatSum]{combine: func(into, from *floatSum) error {
			if !from.seen {
				return nil
			}
			return join(into, from.sum)
		}},
		form:   vector.FormFloat64,
		update: func(s *floatSum, v *vector.Vector, i int) error { return join(s, v.F64[i]) },
		final: func(s *floatSum, dst *vector.Vector, row int) (bool, error) {
			dst.F64[row] = s.sum
			return s.seen, nil
		},
	}
}

// moments are the count, the sum and the sum of squared deviations, updated by the
// Youngs-Cramer formulas as Postgres does, so that the digits agree.
type moments struct{ n, sx, sxx float64 }

func (m *moments) add(x float64) error {
	old := m.sx
	m.n++
	m.sx += x
	if m.n > 1 {
		d := x*m.n - m.sx
		m.sxx += d * d / (m.n * (m.n - 1))
		if math.IsInf(m.sx, 0) || math.IsInf(m.sxx, 0) {
			if !math.IsInf(old, 0) && !math.IsInf(x, 0) {
				return errFloatOverflow()
			}
			m.sxx = math.NaN()
		}
	} else if math.IsNaN(x) || math.IsInf(x, 0) {
		m.sxx = math.NaN()
	}
	return nil
}

func combineMoments(into, from *moments) error {
	switch {
	case from.n == 0:
	case into.n == 0:
		*into = *from
	default:
		d := into.sx/into.n - from.sx/from.n
		n := into.n + from.n
		into.sxx += from.sxx + into.n*from.n*d*d/n
		into.sx += from.sx
		into.n = n
	}
	return nil
}

func newMoments(final func(m *moments) (float64, bool)) Aggregate {
	return &foldAgg[moments]{
		states: states[moments]{combine: combineMoments},
		form:   vector.FormFloat64,
		update: func(m *moments, v *vector.Vector, i int) error { return m.add(v.F64[i]) },
		final: func(m *moments, dst *vector.Vector, row int) (bool, error) {
			x, ok := final(m)
			dst.F64[row] = x
			return ok, nil
		},
	}
}

func floatAvg(m *moments) (float64, bool) { return m.sx / m.n, m.n > 0 }

func floatDeviation(root, sample bool) func(m *moments) (float64, bool) {
	return func(m *moments) (float64, bool) {
		n := m.n
		if sample {
			n--
		}
		if n <= 0 {
			return 0, false
		}
		x := m.sxx / n
		if root {
			x = math.Sqrt(x)
		}
		return x, true
	}
}

// regression holds the sums of the two-argument statistics; y is the first
// argument.
type regression struct{ n, sx, sxx, sy, syy, sxy float64 }

func (r *regression) add(y, x float64) error {
	oldX, oldY := r.sx, r.sy
	r.n++
	r.sx += x
	r.sy += y
	if r.n <= 1 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			r.sxx, r.sxy = math.NaN(), math.NaN()
		}
		if math.IsNaN(y) || math.IsInf(y, 0) {
			r.syy, r.sxy = math.NaN(), math.NaN()
		}
		return nil
	}
	dx, dy, scale := x*r.n-r.sx, y*r.n-r.sy, 1/(r.n*(r.n-1))
	r.sxx += dx * dx * scale
	r.syy += dy * dy * scale
	r.sxy += dx * dy * scale
	inf := math.IsInf
	if inf(r.sx, 0) || inf(r.sxx, 0) || inf(r.sy, 0) || inf(r.syy, 0) || inf(r.sxy, 0) {
		finiteX, finiteY := !inf(oldX, 0) && !inf(x, 0), !inf(oldY, 0) && !inf(y, 0)
		if (inf(r.sx, 0) || inf(r.sxx, 0)) && finiteX || (inf(r.sy, 0) || inf(r.syy, 0)) && finiteY ||
			inf(r.sxy, 0) && finiteX && finiteY {
			return errFloatOverflow()
		}
		for _, s := range []*float64{&r.sxx, &r.syy, &r.sxy} {
			if inf(*s, 0) {
				*s = math.NaN()
			}
		}
	}
	return nil
}

func combineRegression(into, from *regression) error {
	switch {
	case from.n == 0:
	case into.n == 0:
		*into = *from
	default:
		n := into.n + from.n
		dx, dy := into.sx/into.n-from.sx/from.n, into.sy/into.n-from.sy/from.n
		weight := into.n * from.n
		into.sxx += from.sxx + weight*dx*dx/n
		into.syy += from.syy + weight*dy*dy/n
		into.sxy += from.sxy + weight*dx*dy/n
		into.sx += from.sx
		into.sy += from.sy
		into.n = n
	}
	return nil
}

// regressionAgg is corr, covar_* and regr_*.
type regressionAgg struct {
	states[regression]
	final func(r *regression) (float64, bool)
	count bool
}

func newRegression(final func(r *regression) (float64, bool)) Aggregate {
	return &regressionAgg{states: states[regression]{combine: combineRegression}, final: final}
}

// Update implements Aggregate.
func (a *regressionAgg) Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error {
	return eachValue(groups, args[0], sel, n, func(g uint32, row int) error {
		if args[1].IsNull(row) {
			return nil
		}
		y, i := args[0].At(row)
		x, j := args[1].At(row)
		if a.count {
			a.groups[g].n++
			return nil
		}
		return a.groups[g].add(y.F64[i], x.F64[j])
	})
}

// Final implements Aggregate.
func (a *regressionAgg) Final(dst *vector.Vector, from, n int) error {
	if a.count {
		dst.Alloc(vector.FormInt64, n)
		for row := range n {
			dst.I64[row] = int64(a.groups[from+row].n)
		}
		return nil
	}
	return finish(dst, vector.FormFloat64, n, func(row int) (bool, error) {
		x, ok := a.final(&a.groups[from+row])
		dst.F64[row] = x
		return ok, nil
	})
}

// regressions are the results by name.
var regressions = map[string]func(r *regression) (float64, bool){
	"covar_pop":  func(r *regression) (float64, bool) { return r.sxy / r.n, r.n > 0 },
	"covar_samp": func(r *regression) (float64, bool) { return r.sxy / (r.n - 1), r.n > 1 },
	"corr": func(r *regression) (float64, bool) {
		return r.sxy / math.Sqrt(r.sxx*r.syy), r.n > 0 && r.sxx != 0 && r.syy != 0
	},
	"regr_avgx": func(r *regression) (float64, bool) { return r.sx / r.n, r.n > 0 },
	"regr_avgy": func(r *regression) (float64, bool) { return r.sy / r.n, r.n > 0 },
	"regr_sxx":  func(r *regression) (float64, bool) { return r.sxx, r.n > 0 },
	"regr_syy":  func(r *regression) (float64, bool) { return r.syy, r.n > 0 },
	"regr_sxy":  func(r *regression) (float64, bool) { return r.sxy, r.n > 0 },
	"regr_slope": func(r *regression) (float64, bool) {
		return r.sxy / r.sxx, r.n > 0 && r.sxx != 0
	},
	"regr_intercept": func(r *regression) (float64, bool) {
		return (r.sy - r.sx*r.sxy/r.sxx) / r.n, r.n > 0 && r.sxx != 0
	},
	"regr_r2": func(r *regression) (float64, bool) {
		if r.syy == 0 {
			return 1, r.n > 0 && r.sxx != 0
		}
		return r.sxy * r.sxy / (r.sxx * r.syy), r.n > 0 && r.sxx != 0
	},
}
