package pgtypes

import (
	"encoding/binary"
	"math/big"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Signs of the binary form.
const (
	numericWireNegative = 0x4000
	numericWireNaN      = 0xC000
	numericWireInf      = 0xD000
	numericWireNegInf   = 0xF000
	// Postgres sends its infinities with this scale.
	numericWireInfScale = 0x20
)

// AppendBinary appends the wire form: digits of base 10000 with weight, sign and
// display scale.
func (n Numeric) AppendBinary(dst []byte) []byte {
	switch n.kind {
	case numericNaN:
		return append(dst, 0, 0, 0, 0, 0xC0, 0, 0, 0)
	case numericInf:
		return append(dst, 0, 0, 0, 0, 0xD0, 0, 0, numericWireInfScale)
	case numericNegInf:
		return append(dst, 0, 0, 0, 0, 0xF0, 0, 0, numericWireInfScale)
	}
	if n.big == nil {
		return appendNumericWire64(dst, magnitude(n.small), n.small < 0, int(n.scale))
	}
	return appendNumericWireBig(dst, n.big, int(n.scale))
}

func appendNumericWire64(dst []byte, u uint64, negative bool, scale int) []byte {
	// Split at the point, so that digits of base 10000 line up with it.
	var groups [24]uint16
	count, weight := 0, -1
	whole, fraction := u, uint64(0)
	if scale >= len(pow10u) {
		whole, fraction = 0, u
	} else if scale > 0 {
		whole, fraction = u/pow10u[scale], u%pow10u[scale]
	}
	if whole != 0 {
		var reversed [5]uint16
		k := 0
		for ; whole != 0; whole /= 10000 {
			reversed[k] = uint16(whole % 10000)
			k++
		}
		weight = k - 1
		for ; k > 0; k-- {
			groups[count] = reversed[k-1]
			count++
		}
	}
	if fraction != 0 {
		if scale > 40 {
			return appendNumericWireBig(dst, signedBig(u, negative), scale)
		}
		count, weight = appendFraction(groups[:], count, weight, fraction, scale)
	}
	for count > 0 && groups[count-1] == 0 {
		count--
	}
	if count == 0 {
		weight, negative = 0, false
	}
	return appendNumericGroups(dst, groups[:count], weight, negative, scale)
}

// appendFraction adds the groups right of the point.
func appendFraction(groups []uint16, count, weight int, fraction uint64, scale int) (int, int) {
	n := (scale + 3) / 4
	start := count
	pad := n*4 - scale
	// The last group holds the last 4-pad digits, shifted left.
	for i := n - 1; i >= 0; i-- {
		if i == n-1 && pad > 0 {
			unit := pow10u[4-pad]
			groups[start+i] = uint16(fraction % unit * pow10u[pad])
			fraction /= unit
			continue
		}
		groups[start+i] = uint16(fraction % 10000)
		fraction /= 10000
	}
	count = start + n
	if start == 0 {
		lead := 0
		for lead < n && groups[lead] == 0 {
			lead++
		}
		copy(groups, groups[lead:n])
		return n - lead, -1 - lead
	}
	return count, weight
}

func signedBig(u uint64, negative bool) *big.Int {
	b := new(big.Int).SetUint64(u)
	if negative {
		b.Neg(b)
	}
	return b
}

func appendNumericWireBig(dst []byte, coefficient *big.Int, scale int) []byte {
	digits := new(big.Int).Abs(coefficient)
	if pad := (4 - scale%4) % 4; pad > 0 {
		digits.Mul(digits, pow10(pad))
	}
	text := digits.Append(nil, 10)
	if pad := (4 - len(text)%4) % 4; pad > 0 {
		text = append([]byte("000")[:pad], text...)
	}
	groups := make([]uint16, 0, len(text)/4)
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, uint16(text[i]-'0')*1000+uint16(text[i+1]-'0')*100+uint16(text[i+2]-'0')*10+uint16(text[i+3]-'0'))
	}
	weight := len(groups) - 1 - (scale+3)/4
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	return appendNumericGroups(dst, groups, weight, coefficient.Sign() < 0, scale)
}

func appendNumericGroups(dst []byte, groups []uint16, weight int, negative bool, scale int) []byte {
	var sign uint16
	if negative {
		sign = numericWireNegative
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(groups)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for _, g := range groups {
		dst = binary.BigEndian.AppendUint16(dst, g)
	}
	return dst
}

// NumericFromBinary reads the wire form, as numeric's receive function does.
func NumericFromBinary(b []byte) (Numeric, error) {
	if len(b) < 8 {
		return Numeric{}, errInsufficientData()
	}
	count := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	scale := int(binary.BigEndian.Uint16(b[6:]))
	switch sign {
	case 0, numericWireNegative, numericWireNaN, numericWireInf, numericWireNegInf:
	default:
		return Numeric{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid sign in external \"numeric\" value")
	}
	if scale > numericMaxScale {
		return Numeric{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid scale in external \"numeric\" value")
	}
	b = b[8:]
	if len(b) < count*2 {
		return Numeric{}, errInsufficientData()
	}
	if len(b) > count*2 {
		return Numeric{}, errTrailingData()
	}
	for i := range count {
		if binary.BigEndian.Uint16(b[2*i:]) > 9999 {
			return Numeric{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid digit in external \"numeric\" value")
		}
	}
	switch sign {
	case numericWireNaN:
		return NumericNaN, nil
	case numericWireInf:
		return NumericInfinity, nil
	case numericWireNegInf:
		return NumericNegativeInfinity, nil
	}
	return numericFromGroups(b, count, weight, scale, sign == numericWireNegative)
}

// numericFromGroups cuts the digits to the scale: more than it may be on the wire.
func numericFromGroups(b []byte, count, weight, scale int, negative bool) (Numeric, error) {
	if count == 0 {
		return Numeric{scale: int32(scale)}, nil
	}
	groupScale := (count - 1 - weight) * 4 // decimals that the groups hold
	if n, ok := numericFromFewGroups(b, count, groupScale, scale, negative); ok {
		return n, nil
	}
	text := make([]byte, 0, count*4)
	for i := range count {
		g := binary.BigEndian.Uint16(b[2*i:])
		text = append(text, byte('0'+g/1000), byte('0'+g/100%10), byte('0'+g/10%10), byte('0'+g%10))
	}
	c, _ := new(big.Int).SetString(string(text), 10)
	if shift := scale - groupScale; shift >= 0 {
		c.Mul(c, pow10(shift))
	} else {
		c.Quo(c, pow10(-shift))
	}
	if negative {
		c.Neg(c)
	}
	return NumericFromBig(c, scale).checked()
}

func numericFromFewGroups(b []byte, count, groupScale, scale int, negative bool) (Numeric, bool) {
	shift := scale - groupScale
	if count > 4 || shift > 2 && count > 3 || shift > 6 || shift < -16 {
		return Numeric{}, false
	}
	var v int64
	for i := range count {
		v = v*10000 + int64(binary.BigEndian.Uint16(b[2*i:]))
	}
	if shift >= 0 {
		v *= int64(pow10u[shift])
	} else {
		v /= int64(pow10u[-shift])
	}
	if negative {
		v = -v
	}
	return Numeric{small: v, scale: int32(scale)}, true
}

func errInsufficientData() error {
	return pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
}

// errTrailingData is said of bytes that a receive function leaves unread.
func errTrailingData() error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "incorrect binary data format")
}
