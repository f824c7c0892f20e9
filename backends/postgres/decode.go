package postgres

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// decoder appends a value as the server sent it.
type decoder func(c *batch.Column, b []byte) error

// formatOf is the format to ask for: text for all that Arrow carries as text, so that
// enums, domains and types we do not know come along; binary for the rest.
func formatOf(t pgtypes.Type) int16 {
	if isText(t.OID) {
		return 0
	}
	return 1
}

func isText(oid uint32) bool {
	return oid != pgtypes.OIDJSONB && pgtypes.ArrowType(pgtypes.Of(oid)).ID() == arrow.STRING
}

// decoderOf is nil when values of the server's type sent are not of type t.
func decoderOf(t pgtypes.Type, sent uint32) decoder {
	if isText(t.OID) {
		return decodeBytes
	}
	switch t.OID {
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8:
		return decodeIntegers(t.OID, sent)
	case pgtypes.OIDNumeric:
		return decodeNumeric(t, sent)
	}
	if _, isArray := pgtypes.ElementType(t.OID); !isArray && sent != t.OID && !sameBinary(t.OID, sent) {
		return nil
	}
	switch t.OID {
	case pgtypes.OIDBool:
		return decodeBool
	case pgtypes.OIDFloat4:
		return decodeFloat4
	case pgtypes.OIDFloat8:
		return decodeFloat8
	case pgtypes.OIDDate:
		return decodeDate
	case pgtypes.OIDTime:
		return decodeInt8
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return decodeTimestamp
	case pgtypes.OIDTimetz:
		return decodeFixed(12)
	case pgtypes.OIDInterval, pgtypes.OIDUUID:
		return decodeFixed(16)
	case pgtypes.OIDJSONB:
		return decodeJSONB
	}
	if pgtypes.ArrowType(t).ID() == arrow.UINT32 {
		return decodeUint32
	}
	return decodeBytes
}

// sameBinary says that two types have one binary form: the reg types are oids.
func sameBinary(a, b uint32) bool {
	return pgtypes.ArrowType(pgtypes.Of(a)).ID() == arrow.UINT32 && pgtypes.ArrowType(pgtypes.Of(b)).ID() == arrow.UINT32
}

func decodeBytes(c *batch.Column, b []byte) error { c.Bytes(b); return nil }

func errLength() error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "incorrect binary data format")
}

func decodeBool(c *batch.Column, b []byte) error {
	if len(b) != 1 {
		return errLength()
	}
	c.Bool(b[0] != 0)
	return nil
}

// decodeIntegers allows a narrower integer than expected, never a wider one.
func decodeIntegers(want, sent uint32) decoder {
	switch {
	case want == pgtypes.OIDInt8 && sent == want:
		return decodeInt8
	case want == pgtypes.OIDInt8 && sent == pgtypes.OIDInt4:
		return func(c *batch.Column, b []byte) error {
			if len(b) != 4 {
				return errLength()
			}
			c.Int64(int64(int32(binary.BigEndian.Uint32(b))))
			return nil
		}
	case want == pgtypes.OIDInt8 && sent == pgtypes.OIDInt2:
		return func(c *batch.Column, b []byte) error {
			if len(b) != 2 {
				return errLength()
			}
			c.Int64(int64(int16(binary.BigEndian.Uint16(b))))
			return nil
		}
	case want == pgtypes.OIDInt4 && sent == want:
		return decodeInt4
	case want == pgtypes.OIDInt4 && sent == pgtypes.OIDInt2:
		return func(c *batch.Column, b []byte) error {
			if len(b) != 2 {
				return errLength()
			}
			c.Int32(int32(int16(binary.BigEndian.Uint16(b))))
			return nil
		}
	case want == pgtypes.OIDInt2 && sent == want:
		return func(c *batch.Column, b []byte) error {
			if len(b) != 2 {
				return errLength()
			}
			c.Int16(int16(binary.BigEndian.Uint16(b)))
			return nil
		}
	default:
		return nil
	}
}

func decodeInt4(c *batch.Column, b []byte) error {
	if len(b) != 4 {
		return errLength()
	}
	c.Int32(int32(binary.BigEndian.Uint32(b)))
	return nil
}

func decodeInt8(c *batch.Column, b []byte) error {
	if len(b) != 8 {
		return errLength()
	}
	c.Int64(int64(binary.BigEndian.Uint64(b)))
	return nil
}

func decodeUint32(c *batch.Column, b []byte) error {
	if len(b) != 4 {
		return errLength()
	}
	c.Uint32(binary.BigEndian.Uint32(b))
	return nil
}

func decodeFloat4(c *batch.Column, b []byte) error {
	if len(b) != 4 {
		return errLength()
	}
	c.Float32(math.Float32frombits(binary.BigEndian.Uint32(b)))
	return nil
}

func decodeFloat8(c *batch.Column, b []byte) error {
	if len(b) != 8 {
		return errLength()
	}
	c.Float64(math.Float64frombits(binary.BigEndian.Uint64(b)))
	return nil
}

func decodeDate(c *batch.Column, b []byte) error {
	if len(b) != 4 {
		return errLength()
	}
	c.Int32(pgtypes.DateFromWire(int32(binary.BigEndian.Uint32(b))))
	return nil
}

func decodeTimestamp(c *batch.Column, b []byte) error {
	if len(b) != 8 {
		return errLength()
	}
	c.Int64(pgtypes.TimestampFromWire(int64(binary.BigEndian.Uint64(b))))
	return nil
}

func decodeFixed(width int) decoder {
	return func(c *batch.Column, b []byte) error {
		if len(b) != width {
			return errLength()
		}
		c.Fixed(b)
		return nil
	}
}

func decodeJSONB(c *batch.Column, b []byte) error {
	if len(b) == 0 || b[0] != 1 {
		return errLength()
	}
	c.Bytes(b[1:])
	return nil
}

// decodeNumeric keeps the wire form, or for numeric(p,s) makes a scaled integer of it.
func decodeNumeric(t pgtypes.Type, sent uint32) decoder {
	d, scaled := pgtypes.ArrowType(t).(*arrow.Decimal128Type)
	switch {
	case sent != pgtypes.OIDNumeric:
		return nil
	case !scaled:
		return decodeBytes
	}
	return func(c *batch.Column, b []byte) error {
		if d.Precision <= 18 {
			if v, ok := smallNumeric(b, int(d.Scale), powers[d.Precision]); ok {
				c.Decimal(decimal128.FromI64(v))
				return nil
			}
		}
		n, err := pgtypes.NumericFromBinary(b)
		if err != nil {
			return err
		}
		return c.Numeric(n)
	}
}

var powers = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// smallNumeric reads a finite numeric wire value as value*10^scale when that is exact
// and below limit; limit is at most 10^18.
//
// The value is the sum of digit[i]*10000^(weight-i): whole groups multiply up, the
// last one may reach below the scale, and its surplus decimals must be zeros.
func smallNumeric(b []byte, scale int, limit int64) (int64, bool) {
	if len(b) < 8 {
		return 0, false
	}
	groups := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	shown := int(binary.BigEndian.Uint16(b[6:])) // numeric(p,s) shows s decimals
	if len(b) != 8+2*groups || sign&0xbfff != 0 || groups > 5 || weight > 4 || shown != scale {
		return 0, false
	}
	v := int64(0)
	for i := range groups {
		digit := int64(binary.BigEndian.Uint16(b[8+2*i:]))
		// The group's last decimal stands at 10^exponent of the scaled value.
		exponent := 4*(weight-i) + scale
		switch {
		case digit > 9999, exponent > 14 && digit != 0:
			return 0, false
		case exponent >= 0:
			v += digit * powers[min(exponent, 18)]
		case exponent > -4 && digit%powers[-exponent] == 0:
			v += digit / powers[-exponent]
		case digit != 0:
			return 0, false
		}
		if v >= limit {
			return 0, false
		}
	}
	if sign == 0x4000 {
		v = -v
	}
	return v, true
}
