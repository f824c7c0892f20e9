package parquetfile

import (
	"bytes"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Filter drops rows for which a predicate is certainly not true, before the columns
// that it does not read are decoded. It may keep others: who asks for the rows tests
// them again. One goroutine uses it, for one row group after the other.
type Filter struct {
	column int
	test   rowTest
	// seen and kept say whether it pays.
	seen, kept int
}

// rowTest keeps those rows of sel for which a decoded column passes. Dst may be sel's
// memory.
type rowTest interface {
	narrow(data arrow.ArrayData, sel, dst []int32) []int32
}

// Filters are the predicates that can be tested row by row, on the columns that at
// finds; values are of the types oids.
func (f *File) Filters(predicates []backends.Predicate, at func(column int) int, oid func(column int) uint32) []*Filter {
	var filters []*Filter
	ranges := map[int]*integers{}
	for _, p := range predicates {
		column := at(p.Column)
		if column < 0 || f.Columns[column].Type.OID != oid(p.Column) || f.fields[column].nested != nil {
			continue
		}
		form := &f.fields[column].form
		switch {
		case form.shape == shapeBytes && form.text:
			if test := textTest(p); test != nil {
				filters = append(filters, &Filter{column: column, test: test})
			}
		case form.shape == shapeFixed:
			known := ranges[column]
			n := integers{low: math.MinInt64, high: math.MaxInt64}
			if known != nil {
				n = *known
			}
			if !n.add(p, f.Columns[column].Type) {
				continue
			}
			if known != nil {
				*known = n
				continue
			}
			ranges[column] = &n
			filters = append(filters, &Filter{column: column, test: &n})
		}
	}
	return filters
}

// trial is how many rows a filter sees before it is judged, and useless the share of
// them, in eighths, that it may keep at most.
const (
	trial   = 1 << 16
	useless = 7
)

// pays tells whether a filter drops enough to go on.
func (f *Filter) pays() bool { return f.seen < trial || f.kept*8 <= f.seen*useless }

func (f *Filter) narrow(data arrow.ArrayData, sel, dst []int32) []int32 {
	out := f.test.narrow(data, sel, dst)
	f.seen, f.kept = f.seen+len(sel), f.kept+len(out)
	return out
}

// integers tests whole numbers, and what is stored as such: dates, timestamps,
// decimals by their scaled value.
type integers struct {
	low, high int64
	sets      []*backends.IntSet
}

// add takes a predicate in; false is one that it can not express.
func (n *integers) add(p backends.Predicate, t pgtypes.Type) bool {
	if p.Op == backends.Among {
		n.sets = append(n.sets, p.Set)
		return true
	}
	values := make([]int64, 0, len(p.Values))
	for _, v := range p.Values {
		if v == nil {
			if p.Op == backends.In {
				continue
			}
			return false
		}
		x, ok := scaled(v, t)
		if !ok {
			return false
		}
		values = append(values, x)
	}
	if len(values) == 0 {
		return false
	}
	return n.compare(p.Op, values)
}

func (n *integers) compare(op backends.PredicateOp, values []int64) bool {
	v := values[0]
	switch op {
	case backends.Equal:
		n.low, n.high = max(n.low, v), min(n.high, v)
	case backends.Less:
		if v == math.MinInt64 {
			return false
		}
		n.high = min(n.high, v-1)
	case backends.LessOrEqual:
		n.high = min(n.high, v)
	case backends.Greater:
		if v == math.MaxInt64 {
			return false
		}
		n.low = max(n.low, v+1)
	case backends.GreaterOrEqual:
		n.low = max(n.low, v)
	case backends.In:
		low, high := v, v
		for _, x := range values {
			low, high = min(low, x), max(high, x)
		}
		set := backends.NewIntSet(len(values), low, high)
		for _, x := range values {
			set.Add(x)
		}
		n.sets = append(n.sets, set)
	default:
		return false
	}
	return true
}

// scaled is a value as a column of type t stores it; false if it can not hold it.
func scaled(v pgtypes.Datum, t pgtypes.Type) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case pgtypes.Numeric:
		_, want, ok := pgtypes.NumericTypmod(t.Typmod)
		x, scale, small := v.Small()
		for ; small && scale > want && x%10 == 0; scale-- {
			x /= 10
		}
		if !ok || !small || scale > want {
			return 0, false
		}
		for ; scale < want; scale++ {
			if x > math.MaxInt64/10 || x < math.MinInt64/10 {
				return 0, false
			}
			x *= 10
		}
		return x, true
	}
	return 0, false
}

func (n *integers) narrow(data arrow.ArrayData, sel, dst []int32) []int32 {
	values := data.Buffers()[1].Bytes()
	sel = notNull(data, sel, dst)
	switch data.DataType().ID() {
	case arrow.INT16:
		return narrowInts(n, arrow.Int16Traits.CastFromBytes(values), sel, dst)
	case arrow.INT32, arrow.DATE32:
		return narrowInts(n, arrow.Int32Traits.CastFromBytes(values), sel, dst)
	case arrow.INT64, arrow.TIMESTAMP, arrow.TIME64, arrow.DECIMAL64:
		return narrowInts(n, arrow.Int64Traits.CastFromBytes(values), sel, dst)
	case arrow.DECIMAL128:
		dst = dst[:0]
		for _, r := range sel {
			d := arrow.Decimal128Traits.CastFromBytes(values)[r]
			low := int64(d.LowBits())
			// What does not fit 64 bits is left to who tests exactly.
			if d.HighBits() != low>>63 || low >= n.low && low <= n.high && n.has(low) {
				dst = append(dst, r)
			}
		}
		return dst
	}
	return append(dst[:0], sel...)
}

func (n *integers) has(x int64) bool {
	for _, s := range n.sets {
		if !s.Has(x) {
			return false
		}
	}
	return true
}

// narrowInts writes each row to the next place and moves on if it passes: how many do
// is not what a processor can foresee.
func narrowInts[T int16 | int32 | int64](n *integers, values []T, sel, dst []int32) []int32 {
	dst = dst[:len(sel)]
	k := 0
	low, span := n.low, uint64(n.high)-uint64(n.low)
	if n.low > n.high {
		return dst[:0]
	}
	for _, r := range sel {
		dst[k] = r
		if uint64(int64(values[r]))-uint64(low) <= span {
			k++
		}
	}
	for _, set := range n.sets {
		passed := dst[:k]
		k = 0
		for _, r := range passed {
			dst[k] = r
			if set.Has(int64(values[r])) {
				k++
			}
		}
	}
	return dst[:k]
}

// notNull drops rows that are NULL: no predicate tested here is true for them.
func notNull(data arrow.ArrayData, sel, dst []int32) []int32 {
	if data.NullN() == 0 || data.Buffers()[0] == nil {
		return sel
	}
	valid := data.Buffers()[0].Bytes()
	dst = dst[:0]
	for _, r := range sel {
		if valid[r>>3]>>(r&7)&1 != 0 {
			dst = append(dst, r)
		}
	}
	return dst
}

// texts tests strings, those of a dictionary once each.
type texts struct {
	op     backends.PredicateOp
	values [][]byte
	dict   arrow.ArrayData
	passes []bool // by code
}

func textTest(p backends.Predicate) rowTest {
	t := &texts{op: p.Op}
	switch p.Op {
	case backends.IsNull, backends.IsNotNull, backends.Among:
		return nil
	}
	for _, v := range p.Values {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		t.values = append(t.values, []byte(s))
	}
	if len(t.values) == 0 {
		return nil
	}
	return t
}

func (t *texts) holds(v []byte) bool {
	for _, value := range t.values {
		order := bytes.Compare(v, value)
		is := order == 0
		switch t.op {
		case backends.NotEqual:
			is = order != 0
		case backends.Less:
			is = order < 0
		case backends.LessOrEqual:
			is = order <= 0
		case backends.Greater:
			is = order > 0
		case backends.GreaterOrEqual:
			is = order >= 0
		}
		if is {
			return true
		}
	}
	return false
}

func (t *texts) narrow(data arrow.ArrayData, sel, dst []int32) []int32 {
	sel = notNull(data, sel, dst)
	dst = dst[:len(sel)]
	k := 0
	if data.DataType().ID() == arrow.DICTIONARY {
		t.ask(data.Dictionary())
		codes := arrow.Int32Traits.CastFromBytes(data.Buffers()[1].Bytes())
		for _, r := range sel {
			dst[k] = r
			if t.passes[codes[r]] {
				k++
			}
		}
		return dst[:k]
	}
	for _, r := range sel {
		dst[k] = r
		if t.holds(stringAt(data, int(r))) {
			k++
		}
	}
	return dst[:k]
}

// ask tests each entry of a dictionary.
func (t *texts) ask(dict arrow.ArrayData) {
	if t.dict == dict {
		return
	}
	t.dict, t.passes = dict, t.passes[:0]
	for i := range dict.Len() {
		t.passes = append(t.passes, t.holds(stringAt(dict, i)))
	}
}

func stringAt(data arrow.ArrayData, i int) []byte {
	buffers := data.Buffers()
	offsets := arrow.Int32Traits.CastFromBytes(buffers[1].Bytes())
	return buffers[2].Bytes()[offsets[i]:offsets[i+1]]
}
