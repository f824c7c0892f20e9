package pgtypes

import (
	"bytes"
	"math"
	"math/big"
	"strings"
)

// Compare is the btree order of a type: -1, 0 or 1. Neither value is nil, except
// inside arrays and records, where NULL is the largest.
func Compare(oid uint32, a, b Datum) int {
	switch a := a.(type) {
	case bool:
		return b2i(a) - b2i(b.(bool))
	case int32:
		return compareInts(a, b.(int32))
	case int64:
		return compareInts(a, b.(int64))
	case float64:
		return CompareFloat(a, b.(float64))
	case Numeric:
		return a.Cmp(b.(Numeric))
	case string:
		return compareText(oid, a, b.(string))
	case []byte:
		return bytes.Compare(a, b.([]byte))
	case TimeTZ:
		return compareTimeTZ(a, b.(TimeTZ))
	case Interval:
		return a.Cmp(b.(Interval))
	case [16]byte:
		other := b.([16]byte)
		return bytes.Compare(a[:], other[:])
	case Array:
		return compareArrays(a, b.(Array))
	case Record:
		return compareRecords(a, b.(Record))
	}
	return 0
}

// CompareFloat orders floats: NaN equals itself and is the largest, -0 equals 0.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return b2i(math.IsNaN(a)) - b2i(math.IsNaN(b))
}

func compareText(oid uint32, a, b string) int {
	switch oid {
	case OIDBpchar:
		return strings.Compare(strings.TrimRight(a, " "), strings.TrimRight(b, " "))
	case OIDJSONB:
		return compareJSONB(a, b)
	case OIDInet, OIDCIDR:
		return compareInet(a, b)
	}
	return strings.Compare(a, b)
}

// compareTimeTZ orders by the instant in UTC, then by zone.
func compareTimeTZ(a, b TimeTZ) int {
	if c := compareInts(a.Micros+int64(a.ZoneWest)*microsPerSecond, b.Micros+int64(b.ZoneWest)*microsPerSecond); c != 0 {
		return c
	}
	return compareInts(a.ZoneWest, b.ZoneWest)
}

// Cmp orders intervals with a month as 30 days and a day as 24 hours.
func (v Interval) Cmp(w Interval) int {
	if v.Months|w.Months == 0 && v.Days|w.Days == 0 {
		return compareInts(v.Micros, w.Micros)
	}
	dv, mv := v.span()
	dw, mw := w.span()
	if c := compareInts(dv, dw); c != 0 {
		return c
	}
	return compareInts(mv, mw)
}

// span is the whole length in days and the rest in microseconds, 0 <= rest < a day.
func (v Interval) span() (days, rest int64) {
	days = int64(v.Months)*30 + int64(v.Days) + v.Micros/microsPerDay
	rest = v.Micros % microsPerDay
	if rest < 0 {
		rest += microsPerDay
		days--
	}
	return days, rest
}

// Span is an interval's length by which it compares: its microseconds with months
// of 30 days, in 128 bits. Equal intervals have equal spans.
func (v Interval) Span() *big.Int {
	days, rest := v.span()
	s := new(big.Int).Mul(big.NewInt(days), big.NewInt(microsPerDay))
	return s.Add(s, big.NewInt(rest))
}

func compareNullable(oid uint32, a, b Datum) int {
	if a == nil || b == nil {
		return b2i(a == nil) - b2i(b == nil)
	}
	return Compare(oid, a, b)
}

// compareArrays orders by elements, then count, then dimensions and bounds.
func compareArrays(a, b Array) int {
	for i := range min(len(a.Elements), len(b.Elements)) {
		if c := compareNullable(a.ElementType, a.Elements[i], b.Elements[i]); c != 0 {
			return c
		}
	}
	if c := compareInts(len(a.Elements), len(b.Elements)); c != 0 {
		return c
	}
	if c := compareInts(len(a.Dims), len(b.Dims)); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := compareInts(a.Dims[i].Length, b.Dims[i].Length); c != 0 {
			return c
		}
	}
	for i := range a.Dims {
		if c := compareInts(a.Dims[i].Lower, b.Dims[i].Lower); c != 0 {
			return c
		}
	}
	return 0
}

func compareRecords(a, b Record) int {
	for i := range min(len(a.Fields), len(b.Fields)) {
		if c := compareNullable(a.Types[i], a.Fields[i], b.Fields[i]); c != 0 {
			return c
		}
	}
	return compareInts(len(a.Fields), len(b.Fields))
}
