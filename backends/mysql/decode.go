package mysql

import (
	"bytes"
	sqldriver "database/sql/driver"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// decoder appends a value that is not NULL: an int64, float32, float64 or the bytes of
// a text, which are the driver's and live until the next row.
type decoder func(c *batch.Column, v sqldriver.Value) error

func decoderOf(t pgtypes.Type) decoder {
	switch t.OID {
	case pgtypes.OIDBool:
		return decodeBool
	case pgtypes.OIDInt2:
		return decodeInt("smallint", math.MinInt16, math.MaxInt16, func(c *batch.Column, v int64) { c.Int16(int16(v)) })
	case pgtypes.OIDInt4:
		return decodeInt("integer", math.MinInt32, math.MaxInt32, func(c *batch.Column, v int64) { c.Int32(int32(v)) })
	case pgtypes.OIDInt8:
		return decodeInt("bigint", math.MinInt64, math.MaxInt64, (*batch.Column).Int64)
	case pgtypes.OIDFloat4:
		return decodeFloat4
	case pgtypes.OIDFloat8:
		return decodeFloat8
	case pgtypes.OIDNumeric:
		return decodeNumeric(t)
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDJSON, pgtypes.OIDName:
		return decodeText
	case pgtypes.OIDBpchar:
		return decodeBpchar(t)
	case pgtypes.OIDBytea:
		return decodeBytes
	case pgtypes.OIDBit, pgtypes.OIDVarbit:
		return decodeBit(int(t.Typmod))
	case pgtypes.OIDDate:
		return decodeDate
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return decodeTimestamp
	case pgtypes.OIDInterval:
		return decodeInterval
	default:
		return decodeParsed(t)
	}
}

// textOf is a value's text; the driver gives numbers as numbers.
func textOf(v sqldriver.Value) []byte {
	switch v := v.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	case int64:
		return pgtypes.AppendInt(nil, v)
	case float32:
		return pgtypes.AppendFloat4(nil, v, 1)
	case float64:
		return pgtypes.AppendFloat8(nil, v, 1)
	default:
		return nil
	}
}

func wrongValue(typeName string, v sqldriver.Value) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, textOf(v))
}

func outOfRange(typeName string, v sqldriver.Value) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", textOf(v), typeName)
}

func decodeBool(c *batch.Column, v sqldriver.Value) error {
	n, ok := v.(int64)
	if !ok || n != 0 && n != 1 {
		return wrongValue("boolean", v)
	}
	c.Bool(n == 1)
	return nil
}

// decodeInt reads integers, and the whole decimals that sums are.
func decodeInt(typeName string, low, high int64, add func(*batch.Column, int64)) decoder {
	return func(c *batch.Column, v sqldriver.Value) error {
		n, ok := v.(int64)
		if !ok {
			parsed, err := pgtypes.ParseNumeric(string(textOf(v)))
			if err != nil || parsed.TrimScale().Scale() > 0 {
				return wrongValue(typeName, v)
			}
			if n, err = parsed.Int64(); err != nil {
				return outOfRange(typeName, v)
			}
		}
		if n < low || n > high {
			return outOfRange(typeName, v)
		}
		add(c, n)
		return nil
	}
}

func decodeFloat4(c *batch.Column, v sqldriver.Value) error {
	f, ok := v.(float32)
	if !ok {
		d, err := pgtypes.ParseFloat32(string(textOf(v)))
		if err != nil {
			return err
		}
		f = float32(d)
	}
	c.Float32(f)
	return nil
}

func decodeFloat8(c *batch.Column, v sqldriver.Value) error {
	switch v := v.(type) {
	case float64:
		c.Float64(v)
	case int64:
		c.Float64(float64(v))
	case float32:
		c.Float64(float64(v))
	default:
		f, err := pgtypes.ParseFloat64(string(textOf(v)))
		if err != nil {
			return err
		}
		c.Float64(f)
	}
	return nil
}

func decodeNumeric(t pgtypes.Type) decoder {
	precision, scale, limited := pgtypes.NumericTypmod(t.Typmod)
	return func(c *batch.Column, v sqldriver.Value) error {
		text := textOf(v)
		if c.Form == batch.Decimal128 && precision <= 18 {
			if scaled, ok := smallDecimal(text, scale, precision); ok {
				c.Decimal(decimal128.FromI64(scaled))
				return nil
			}
		}
		n, err := pgtypes.ParseNumeric(string(text))
		if err == nil && limited {
			n, err = n.ApplyTypmod(t.Typmod)
		}
		if err != nil {
			return err
		}
		return c.Numeric(n)
	}
}

// smallDecimal reads "[-]digits[.digits]" with exactly scale decimals and at most
// precision digits, which fit an int64.
func smallDecimal(text []byte, scale, precision int) (v int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	point := bytes.IndexByte(text, '.')
	if point < 0 {
		point = len(text)
	}
	if decimals := max(len(text)-point-1, 0); decimals != scale || len(text) > precision+2 || len(text) == 0 {
		return 0, false
	}
	for i, b := range text {
		if i == point {
			continue
		}
		if b < '0' || b > '9' {
			return 0, false
		}
		v = v*10 + int64(b-'0')
	}
	if v >= powers[precision] {
		return 0, false
	}
	if negative {
		v = -v
	}
	return v, true
}

var powers = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

func decodeText(c *batch.Column, v sqldriver.Value) error {
	text := textOf(v)
	if bytes.IndexByte(text, 0) >= 0 {
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	c.Bytes(text)
	return nil
}

// decodeBpchar pads as Postgres stores; the server stripped the blanks.
func decodeBpchar(t pgtypes.Type) decoder {
	width := int(t.Typmod) - 4
	return func(c *batch.Column, v sqldriver.Value) error {
		text := textOf(v)
		if missing := width - utf8.RuneCount(text); missing > 0 {
			text = append(append(make([]byte, 0, len(text)+missing), text...), strings.Repeat(" ", missing)...)
		}
		return decodeText(c, text)
	}
}

func decodeBytes(c *batch.Column, v sqldriver.Value) error { c.Bytes(textOf(v)); return nil }

// decodeBit spells big-endian bytes as width digits.
func decodeBit(width int) decoder {
	return func(c *batch.Column, v sqldriver.Value) error {
		b, ok := v.([]byte)
		if !ok || width < 1 || len(b)*8 < width {
			return wrongValue("bit", v)
		}
		dst := c.Room(width)
		for i := len(b)*8 - width; i < len(b)*8; i++ {
			dst = append(dst, '0'+b[i/8]>>(7-i%8)&1)
		}
		c.End(dst)
		return nil
	}
}

// decodeParsed reads texts with the type's input function.
func decodeParsed(t pgtypes.Type) decoder {
	style := pgtypes.DefaultStyle()
	return func(c *batch.Column, v sqldriver.Value) error {
		parsed, err := pgtypes.Parse(t, string(textOf(v)), style)
		if err != nil {
			return err
		}
		return c.Datum(t, parsed)
	}
}
