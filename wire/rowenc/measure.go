package rowenc

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// measure gives the lengths of the values from row from on, and says of how many rows
// it did: less than asked for only when values are large, or when the next one is
// faulty. An error is about the first.
func (c *column) measure(from int, lengths []int32) (rows int, err error) {
	c.staging = false
	if !c.lengthsOf(from, lengths) {
		c.staging = true
		return c.stage(from, lengths)
	}
	if c.nulls != nil {
		for i := range lengths {
			if !bitutil.BitIsSet(c.nulls, c.offset+from+i) {
				lengths[i] = -1
			}
		}
	}
	return len(lengths), nil
}

// lengthsOf measures a form that is written in place; false asks for staging.
func (c *column) lengthsOf(from int, lengths []int32) bool {
	n := len(lengths)
	switch c.form {
	case formBoolText, formBoolBinary:
		return fill(lengths, 1)
	case formInt16Text:
		return intLengths(c.i16[from:from+n], lengths)
	case formInt32Text:
		return intLengths(c.i32[from:from+n], lengths)
	case formInt64Text:
		return intLengths(c.i64[from:from+n], lengths)
	case formUint32Text:
		return intLengths(c.u32[from:from+n], lengths)
	case formInt16Binary:
		return fill(lengths, 2)
	case formInt32Binary, formUint32Binary, formFloat32Binary, formDateBinary:
		return fill(lengths, 4)
	case formInt64Binary, formFloat64Binary, formTimestampBinary:
		return fill(lengths, 8)
	case formFixed:
		return fill(lengths, int32(c.width)) //nolint:gosec // 16 at most
	case formFloat64Text:
		return c.floatLengths(c.f64[from:from+n], lengths)
	case formDecimalText:
		return decimalLengths(c.decimals[from:from+n], c.scale, lengths)
	case formDateText:
		return c.style.DateFormat == pgtypes.DateISO && dateLengths(c.i32[from:from+n], lengths)
	case formTimestampText, formTimestamptzText:
		return c.timestampLengths(c.i64[from:from+n], lengths)
	case formString:
		if c.starts == nil {
			return largeLengths(c.large[from:from+n+1], lengths)
		}
		return stringLengths(c.starts[from:from+n+1], lengths)
	case formDictionary:
		return c.codedLengths(from, lengths)
	}
	return false
}

func fill(lengths []int32, n int32) bool {
	for i := range lengths {
		lengths[i] = n
	}
	return true
}

type integer interface{ int16 | int32 | int64 | uint32 }

func intLengths[T integer](values []T, lengths []int32) bool {
	values = values[:len(lengths)]
	for i, v := range values {
		n, sign := int64(v), int64(v)>>63
		lengths[i] = int32(int64(pgtypes.DecimalLength(uint64((n^sign)-sign))) - sign) //nolint:gosec // 20 at most
	}
	return true
}

// floatLengths writes the values into cells: a float's length is known no sooner.
func (c *column) floatLengths(values []float64, lengths []int32) bool {
	if c.style.ExtraFloatDigits <= 0 {
		return false
	}
	if len(c.cells) < len(values) {
		c.cells = make([][pgtypes.FloatBytes]byte, len(values))
	}
	for i, v := range values {
		n := pgtypes.PutFloat8(&c.cells[i], v)
		if n == 0 {
			n = len(pgtypes.AppendFloat8(c.cells[i][:0], v, c.style.ExtraFloatDigits))
		}
		lengths[i] = int32(n) //nolint:gosec // 25 at most
	}
	return true
}

// maxDecimal and maxDecimalScale bound the decimals that are written in place: two
// groups of eight digits, the point in the lower one.
const (
	maxDecimal      = 1e16 - 1
	maxDecimalScale = 8
)

func decimalLengths(values []decimal128.Num, scale int, lengths []int32) bool {
	if scale > maxDecimalScale {
		return false
	}
	point := 1
	if scale == 0 {
		point = 0
	}
	for i, v := range values {
		low := int64(v.LowBits()) //nolint:gosec // its sign is looked at
		sign := low >> 63
		u := uint64((low ^ sign) - sign) //nolint:gosec // a magnitude
		if v.HighBits() != sign || u > maxDecimal {
			return false
		}
		lengths[i] = int32(max(pgtypes.DecimalLength(u), scale+1) + point - int(sign)) //nolint:gosec // 18 at most
	}
	return true
}

func dateLengths(values []int32, lengths []int32) bool {
	for i, days := range values {
		if days < pgtypes.MinISODay || days > pgtypes.MaxISODay {
			return false
		}
		lengths[i] = 10
	}
	return true
}

const (
	microsPerSecond = 1_000_000
	microsPerDay    = 86_400 * microsPerSecond
	// timestampBase is the first day that ISODateText takes.
	timestampBase = pgtypes.MinISODay * microsPerDay
)

func (c *column) timestampLengths(values []int64, lengths []int32) bool {
	if !c.isoUTC() {
		return false
	}
	length := 19 + len(c.zone())
	const years = uint64(pgtypes.MaxISODay-pgtypes.MinISODay+1) * microsPerDay
	for i, v := range values {
		u := uint64(v - timestampBase) //nolint:gosec // wraps around below the base
		if u >= years {
			return false
		}
		n := length
		if micros := uint32(u % microsPerSecond); micros != 0 { //nolint:gosec // below a million
			_, digits := pgtypes.FractionText(micros)
			n += 1 + digits
		}
		lengths[i] = int32(n) //nolint:gosec // 29 at most
	}
	return true
}

func stringLengths(starts []int32, lengths []int32) bool {
	at := starts[0]
	for i, end := range starts[1:] {
		lengths[i] = end - at
		at = end
	}
	return true
}

func largeLengths(starts []int64, lengths []int32) bool {
	at := starts[0]
	for i, end := range starts[1:] {
		// A value that no message can hold makes its row too large, whatever the rest.
		lengths[i] = int32(min(end-at, math.MaxInt32)) //nolint:gosec // bounded
		at = end
	}
	return true
}

// codedLengths is for codes of strings.
func (c *column) codedLengths(from int, lengths []int32) bool {
	if c.codes == nil {
		return false
	}
	starts := c.values.starts
	for i, code := range c.codes[from : from+len(lengths)] {
		if uint(code) >= uint(len(starts)-1) {
			lengths[i] = 0 // a NULL's place
			continue
		}
		lengths[i] = starts[code+1] - starts[code]
	}
	return true
}
