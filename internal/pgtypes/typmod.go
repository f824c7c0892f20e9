package pgtypes

import (
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// ApplyTypmod coerces v, a value of t's type, to t's modifier. An explicit cast
// cuts strings; otherwise only blanks may be lost. NULL stays NULL.
func ApplyTypmod(t Type, v Datum, explicit bool) (Datum, error) {
	if v == nil || t.Typmod < 0 {
		return v, nil
	}
	if a, ok := v.(Array); ok {
		return applyTypmodArray(t, a, explicit)
	}
	if t.Typmod < 4 && (t.OID == OIDVarchar || t.OID == OIDBpchar) {
		return v, nil
	}
	switch t.OID {
	case OIDVarchar:
		return datum(fitVarchar(v.(string), int(t.Typmod)-4, explicit))
	case OIDBpchar:
		return datum(fitBpchar(v.(string), int(t.Typmod)-4, explicit))
	case OIDBit:
		return datum(fitBit(v.(string), int(t.Typmod), explicit))
	case OIDVarbit:
		return datum(fitVarbit(v.(string), int(t.Typmod), explicit))
	case OIDNumeric:
		return datum(v.(Numeric).ApplyTypmod(t.Typmod))
	case OIDTime:
		return roundMicros(v.(int64), t.Typmod), nil
	case OIDTimetz:
		z := v.(TimeTZ)
		z.Micros = roundMicros(z.Micros, t.Typmod)
		return z, nil
	case OIDTimestamp, OIDTimestamptz:
		return datum(roundTimestamp(v.(int64), t.Typmod))
	case OIDInterval:
		return datum(v.(Interval).ApplyTypmod(t.Typmod))
	}
	return v, nil
}

func applyTypmodArray(t Type, a Array, explicit bool) (Datum, error) {
	element := Type{OID: a.ElementType, Typmod: t.Typmod}
	out := a
	out.Elements = make([]Datum, len(a.Elements))
	for i, e := range a.Elements {
		v, err := ApplyTypmod(element, e, explicit)
		if err != nil {
			return nil, err
		}
		out.Elements[i] = v
	}
	return out, nil
}

// cutRunes splits s after n characters.
func cutRunes(s string, n int) (head, tail string) {
	if len(s) <= n {
		return s, ""
	}
	at := 0
	for range n {
		if at >= len(s) {
			return s, ""
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at], s[at:]
}

func onlyBlanks(s string) bool { return strings.Trim(s, " ") == "" }

func fitVarchar(s string, n int, explicit bool) (string, error) {
	head, tail := cutRunes(s, n)
	if !explicit && !onlyBlanks(tail) {
		return "", pgerr.New(pgerr.StringDataRightTruncation, "value too long for type character varying(%d)", n)
	}
	return head, nil
}

func fitBpchar(s string, n int, explicit bool) (string, error) {
	head, tail := cutRunes(s, n)
	if !explicit && !onlyBlanks(tail) {
		return "", pgerr.New(pgerr.StringDataRightTruncation, "value too long for type character(%d)", n)
	}
	if count := utf8.RuneCountInString(head); count < n {
		head += strings.Repeat(" ", n-count)
	}
	return head, nil
}

func fitBit(s string, n int, explicit bool) (string, error) {
	switch {
	case n <= 0 || len(s) == n:
		return s, nil
	case !explicit:
		return "", pgerr.New(stringDataLengthMismatch, "bit string length %d does not match type bit(%d)", len(s), n)
	case len(s) > n:
		return s[:n], nil
	}
	return s + strings.Repeat("0", n-len(s)), nil
}

func fitVarbit(s string, n int, explicit bool) (string, error) {
	if n <= 0 || len(s) <= n {
		return s, nil
	}
	if !explicit {
		return "", pgerr.New(pgerr.StringDataRightTruncation, "bit string too long for type bit varying(%d)", n)
	}
	return s[:n], nil
}

// roundMicros rounds half away from zero to so many decimals of a second.
func roundMicros(v int64, digits int32) int64 {
	if digits < 0 || digits >= 6 {
		return v
	}
	unit := int64(pow10u[6-digits])
	if v >= 0 {
		return (v + unit/2) / unit * unit
	}
	return -((-v + unit/2) / unit * unit)
}

func roundTimestamp(v int64, digits int32) (int64, error) {
	if v == TimestampInfinity || v == TimestampNegativeInfinity {
		return v, nil
	}
	// Halves round away from 2000-01-01, where Postgres counts from.
	r := roundMicros(v-EpochMicros, digits) + EpochMicros
	if r < minTimestamp || r >= endTimestamp {
		return 0, errTimestampRange()
	}
	return r, nil
}

// Bits of an interval's modifier: the fields it has.
const (
	fieldMonth  = 1 << 1
	fieldYear   = 1 << 2
	fieldDay    = 1 << 3
	fieldHour   = 1 << 10
	fieldMinute = 1 << 11
	fieldSecond = 1 << 12

	fieldsAll         = 0x7FFF
	intervalPrecision = 0xFFFF // no precision given
)

// ApplyTypmod drops the fields below the last that the modifier names, and rounds
// the seconds.
func (v Interval) ApplyTypmod(typmod int32) (Interval, error) {
	if typmod < 0 {
		return v, nil
	}
	switch fields := typmod >> 16 & 0x7FFF; fields {
	case fieldYear:
		v.Months, v.Days, v.Micros = v.Months/12*12, 0, 0
	case fieldMonth, fieldYear | fieldMonth:
		v.Days, v.Micros = 0, 0
	case fieldDay:
		v.Micros = 0
	case fieldHour, fieldDay | fieldHour:
		v.Micros = v.Micros / microsPerHour * microsPerHour
	case fieldMinute, fieldHour | fieldMinute, fieldDay | fieldHour | fieldMinute:
		v.Micros = v.Micros / microsPerMinute * microsPerMinute
	}
	if precision := typmod & 0xFFFF; precision != intervalPrecision {
		v.Micros = roundMicros(v.Micros, precision)
	}
	return v, nil
}

// stringDataLengthMismatch is SQLSTATE 22026, which only bit strings raise.
const stringDataLengthMismatch = "22026"
