package pgtypes

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Numeric is a value of type numeric: any number of digits, a display scale, NaN
// and the two infinities. The zero Numeric is 0. It is small and immutable: copy
// it freely. Compare with Cmp, never with ==, as 1.0 and 1.00 differ in scale.
type Numeric struct {
	big   *big.Int // the coefficient when it does not fit small; shared, never changed
	small int64    // the coefficient when big is nil
	scale int32    // digits right of the point, 0..16383
	kind  numericKind
}

type numericKind uint8

const (
	numericFinite numericKind = iota
	numericNaN
	numericInf
	numericNegInf
)

// The bounds of Postgres's numeric (manual, 8.1.2) and of the results of its
// functions.
const (
	numericMaxDigits       = 131072 // left of the point
	numericMaxScale        = 16383
	numericMaxDisplayScale = 1000
	numericMaxResultScale  = 2000
	numericMinSigDigits    = 16
)

// The special values.
var (
	NumericNaN              = Numeric{kind: numericNaN}
	NumericInfinity         = Numeric{kind: numericInf}
	NumericNegativeInfinity = Numeric{kind: numericNegInf}
)

func errNumericOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
}

func errDivisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// NumericFromInt64 is v with scale 0.
func NumericFromInt64(v int64) Numeric { return Numeric{small: v} }

// NewNumeric is coefficient / 10^scale.
func NewNumeric(coefficient int64, scale int) Numeric {
	return Numeric{small: coefficient, scale: int32(scale)}
}

// NumericFromBig is coefficient / 10^scale. It takes the coefficient over.
func NumericFromBig(coefficient *big.Int, scale int) Numeric {
	if coefficient.IsInt64() {
		return Numeric{small: coefficient.Int64(), scale: int32(scale)}
	}
	return Numeric{big: coefficient, scale: int32(scale)}
}

// checked gives n unless it is beyond what Postgres can store.
func (n Numeric) checked() (Numeric, error) {
	if n.kind != numericFinite {
		return n, nil
	}
	if n.scale > numericMaxScale {
		return Numeric{}, errNumericOverflow()
	}
	if n.big != nil && n.digits()-int(n.scale) > numericMaxDigits {
		return Numeric{}, errNumericOverflow()
	}
	return n, nil
}

// Coefficient is the number without its point; meaningless unless IsFinite.
func (n Numeric) Coefficient() *big.Int {
	if n.big != nil {
		return new(big.Int).Set(n.big)
	}
	return big.NewInt(n.small)
}

// coef is the coefficient for reading only.
func (n Numeric) coef() *big.Int {
	if n.big != nil {
		return n.big
	}
	return big.NewInt(n.small)
}

// Small gives the coefficient when it fits 64 bits and n is finite.
func (n Numeric) Small() (coefficient int64, scale int, ok bool) {
	return n.small, int(n.scale), n.big == nil && n.kind == numericFinite
}

// IsNaN says whether n is NaN.
func (n Numeric) IsNaN() bool { return n.kind == numericNaN }

// IsFinite says whether n is neither NaN nor infinite.
func (n Numeric) IsFinite() bool { return n.kind == numericFinite }

// IsInf says whether n is an infinity.
func (n Numeric) IsInf() bool { return n.kind == numericInf || n.kind == numericNegInf }

// IsZero says whether n is 0, at any scale.
func (n Numeric) IsZero() bool { return n.kind == numericFinite && n.big == nil && n.small == 0 }

// Scale is the number of digits shown right of the point.
func (n Numeric) Scale() int { return int(n.scale) }

// Sign is -1, 0 or 1; that of NaN is 0.
func (n Numeric) Sign() int {
	switch n.kind {
	case numericInf:
		return 1
	case numericNegInf:
		return -1
	case numericNaN:
		return 0
	}
	if n.big != nil {
		return n.big.Sign()
	}
	switch {
	case n.small < 0:
		return -1
	case n.small > 0:
		return 1
	}
	return 0
}

// digits counts the decimal digits of the coefficient; 0 has none.
func (n Numeric) digits() int {
	if n.big == nil {
		return digits64(magnitude(n.small))
	}
	return digitsBig(n.big)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func digits64(u uint64) int {
	if u == 0 {
		return 0
	}
	// 1233/4096 approximates log10(2) from above.
	d := bits.Len64(u) * 1233 >> 12
	if u >= pow10u[d] {
		d++
	}
	return d
}

func digitsBig(b *big.Int) int {
	if b.Sign() == 0 {
		return 0
	}
	d := int(float64(b.BitLen()-1) * 0.30102999566398119521)
	if b.CmpAbs(pow10(d)) >= 0 {
		d++
	}
	if b.CmpAbs(pow10(d)) >= 0 {
		d++
	}
	return d
}

var pow10u = func() (t [20]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

var pow10Table = func() (t [128]*big.Int) {
	t[0] = big.NewInt(1)
	for i := 1; i < len(t); i++ {
		t[i] = new(big.Int).Mul(t[i-1], big.NewInt(10))
	}
	return t
}()

// pow10 is 10^n, for reading only.
func pow10(n int) *big.Int {
	if n < len(pow10Table) {
		return pow10Table[n]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// String is Postgres's text form.
func (n Numeric) String() string { return string(n.Append(nil)) }

// Append appends the text form.
func (n Numeric) Append(dst []byte) []byte {
	switch n.kind {
	case numericNaN:
		return append(dst, "NaN"...)
	case numericInf:
		return append(dst, "Infinity"...)
	case numericNegInf:
		return append(dst, "-Infinity"...)
	}
	if n.big == nil {
		return appendScaled64(dst, n.small, int(n.scale))
	}
	if n.big.Sign() < 0 {
		dst = append(dst, '-')
	}
	digits := new(big.Int).Abs(n.big).Append(nil, 10)
	return appendPoint(dst, digits, int(n.scale))
}

func appendScaled64(dst []byte, v int64, scale int) []byte {
	if v < 0 {
		dst = append(dst, '-')
	}
	if scale == 0 {
		return strconv.AppendUint(dst, magnitude(v), 10)
	}
	var buf [20]byte
	return appendPoint(dst, strconv.AppendUint(buf[:0], magnitude(v), 10), scale)
}

// appendPoint appends digits with a point before the last scale of them.
func appendPoint(dst, digits []byte, scale int) []byte {
	if scale == 0 {
		return append(dst, digits...)
	}
	if whole := len(digits) - scale; whole > 0 {
		dst = append(dst, digits[:whole]...)
		dst = append(dst, '.')
		return append(dst, digits[whole:]...)
	}
	dst = append(dst, '0', '.')
	for i := len(digits); i < scale; i++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// ParseNumeric is numeric's input function, without a modifier.
func ParseNumeric(s string) (Numeric, error) {
	text := strings.TrimLeft(s, asciiSpace)
	n, rest, ok, err := scanNumeric(text)
	if err != nil {
		return Numeric{}, err
	}
	if !ok || strings.TrimLeft(rest, asciiSpace) != "" {
		return Numeric{}, errSyntax("numeric", s)
	}
	return n.checked()
}

var numericWords = []struct {
	word  string
	value Numeric
}{
	{"nan", NumericNaN},
	{"infinity", NumericInfinity},
	{"+infinity", NumericInfinity},
	{"-infinity", NumericNegativeInfinity},
	{"inf", NumericInfinity},
	{"+inf", NumericInfinity},
	{"-inf", NumericNegativeInfinity},
}

func scanNumeric(s string) (n Numeric, rest string, ok bool, err error) {
	for _, w := range numericWords {
		if len(s) >= len(w.word) && strings.EqualFold(s[:len(w.word)], w.word) {
			return w.value, s[len(w.word):], true, nil
		}
	}
	i, negative := 0, false
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		negative = s[i] == '-'
		i++
	}
	start := i
	point := -1
	for ; i < len(s); i++ {
		if s[i] == '.' && point < 0 {
			point = i
			continue
		}
		if !isDigit(s[i]) {
			break
		}
	}
	mantissa := s[start:i]
	// A digit must follow the sign, or the point that follows the sign.
	first := strings.TrimPrefix(mantissa, ".")
	if first == "" || !isDigit(first[0]) {
		return n, s, false, nil
	}
	scale := 0
	if point >= 0 {
		scale = i - point - 1
		mantissa = s[start:point] + s[point+1:i]
	}
	exponent := 0
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		e, used, ok := scanExponent(s[i+1:])
		if !ok {
			return n, s, false, nil
		}
		if e >= math.MaxInt32/2 || e <= -(math.MaxInt32/2) {
			return n, s, false, errNumericOverflow()
		}
		exponent = int(e)
		i += 1 + used
	}
	n, err = makeNumeric(mantissa, scale, exponent, negative)
	return n, s[i:], true, err
}

// scanExponent reads as strtol does: blanks and a sign may come first.
func scanExponent(s string) (value int64, used int, ok bool) {
	t := strings.TrimLeft(s, asciiSpace)
	i := 0
	if i < len(t) && (t[i] == '+' || t[i] == '-') {
		i++
	}
	start := i
	for i < len(t) && isDigit(t[i]) {
		i++
	}
	if i == start {
		return 0, 0, false
	}
	value, err := strconv.ParseInt(t[:i], 10, 64)
	if err != nil {
		value = math.MaxInt32
		if t[0] == '-' {
			value = -value
		}
	}
	return value, len(s) - len(t) + i, true
}

// makeNumeric is ±digits * 10^(exponent-scale).
func makeNumeric(digits string, scale, exponent int, negative bool) (Numeric, error) {
	digits = strings.TrimLeft(digits, "0")
	scale -= exponent
	zeros := 0
	if scale < 0 {
		zeros, scale = -scale, 0
	}
	if digits == "" {
		zeros = 0
	}
	if scale > numericMaxScale || len(digits)+zeros-scale > numericMaxDigits {
		return Numeric{}, errNumericOverflow()
	}
	if len(digits)+zeros <= 18 {
		v, _ := strconv.ParseInt("0"+digits, 10, 64)
		v *= int64(pow10u[zeros])
		if negative {
			v = -v
		}
		return Numeric{small: v, scale: int32(scale)}, nil
	}
	b, _ := new(big.Int).SetString(digits, 10)
	if zeros > 0 {
		b.Mul(b, pow10(zeros))
	}
	if negative {
		b.Neg(b)
	}
	return NumericFromBig(b, scale), nil
}

// asciiSpace is what C's isspace accepts.
const asciiSpace = " \t\n\v\f\r"

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// errSyntax is the answer of an input function to text that is not of its type.
func errSyntax(typeName, text string) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, text)
}

func errOutOfRange(typeName, text string) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", text, typeName)
}
