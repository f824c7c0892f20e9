package sqlite

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// decoder verifies a value that is not NULL and appends it. class is its storage
// class.
type decoder func(s *stmt, value uintptr, class int32, c *batch.Column) error

func decoderOf(t pgtypes.Type) decoder {
	switch t.OID {
	case pgtypes.OIDBool:
		return decodeBool
	case pgtypes.OIDInt2:
		return decodeInt("smallint", math.MinInt16, math.MaxInt16, func(c *batch.Column, v int64) { c.Int16(int16(v)) })
	case pgtypes.OIDInt4:
		return decodeInt("integer", math.MinInt32, math.MaxInt32, func(c *batch.Column, v int64) { c.Int32(int32(v)) })
	case pgtypes.OIDInt8:
		return decodeInt8
	case pgtypes.OIDOid:
		return decodeInt("oid", 0, math.MaxUint32, func(c *batch.Column, v int64) { c.Uint32(uint32(v)) })
	case pgtypes.OIDFloat4:
		return decodeFloat4
	case pgtypes.OIDFloat8:
		return decodeFloat8
	case pgtypes.OIDNumeric:
		return decodeNumeric(t)
	case pgtypes.OIDText:
		return decodeText
	case pgtypes.OIDVarchar:
		return decodeVarchar(t)
	case pgtypes.OIDBytea:
		return decodeBytea
	case pgtypes.OIDDate:
		return decodeDate
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return decodeTimestamp(t)
	case pgtypes.OIDUUID:
		return decodeUUID(t)
	default:
		return decodeParsed(t)
	}
}

// wrongClass is 22P02 with the value, in the words of Postgres's input functions.
func wrongClass(s *stmt, value uintptr, class int32, typeName string) error {
	shown := string(s.text(value))
	if class == sqlite3.SQLITE_BLOB {
		shown = "a blob"
	}
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, shown)
}

func int64Of(s *stmt, value uintptr) int64 { return sqlite3.Xsqlite3_value_int64(s.c.tls, value) }

func float64Of(s *stmt, value uintptr) float64 { return sqlite3.Xsqlite3_value_double(s.c.tls, value) }

func decodeBool(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class == sqlite3.SQLITE_INTEGER {
		if v := int64Of(s, value); v == 0 || v == 1 {
			c.Bool(v == 1)
			return nil
		}
	}
	return wrongClass(s, value, class, "boolean")
}

func decodeInt8(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class != sqlite3.SQLITE_INTEGER {
		v, err := wholeReal(s, value, class, "bigint")
		c.Int64(v)
		return err
	}
	c.Int64(int64Of(s, value))
	return nil
}

func decodeInt(typeName string, low, high int64, add func(*batch.Column, int64)) decoder {
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		v := int64(0)
		if class == sqlite3.SQLITE_INTEGER {
			v = int64Of(s, value)
		} else {
			var err error
			if v, err = wholeReal(s, value, class, typeName); err != nil {
				return err
			}
		}
		if v < low || v > high {
			return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%d\" is out of range for type %s", v, typeName)
		}
		add(c, v)
		return nil
	}
}

// wholeReal allows a REAL that is a whole number: an expression may give one, and an
// integer too large for a column is stored as one, which is out of range.
func wholeReal(s *stmt, value uintptr, class int32, typeName string) (int64, error) {
	if class != sqlite3.SQLITE_FLOAT {
		return 0, wrongClass(s, value, class, typeName)
	}
	v := float64Of(s, value)
	if v != math.Trunc(v) {
		return 0, wrongClass(s, value, class, typeName)
	}
	if v < -(1<<63) || v >= 1<<63 {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s.text(value), typeName)
	}
	return int64(v), nil
}

func decodeFloat8(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class != sqlite3.SQLITE_FLOAT && class != sqlite3.SQLITE_INTEGER {
		return wrongClass(s, value, class, "double precision")
	}
	c.Float64(float64Of(s, value))
	return nil
}

func decodeFloat4(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class != sqlite3.SQLITE_FLOAT && class != sqlite3.SQLITE_INTEGER {
		return wrongClass(s, value, class, "real")
	}
	v := float64Of(s, value)
	if f := float32(v); !math.IsInf(float64(f), 0) || math.IsInf(v, 0) {
		c.Float32(f)
		return nil
	}
	return pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type real", s.text(value))
}

// decodeNumeric reads integers exactly, texts exactly, and reals when they stand for
// one decimal of at most 15 digits: as many as a double keeps.
func decodeNumeric(t pgtypes.Type) decoder {
	precision, scale, limited := pgtypes.NumericTypmod(t.Typmod)
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		if limited && class == sqlite3.SQLITE_INTEGER && c.Form == batch.Decimal128 && precision <= 18 {
			if v, ok := scaleUp(int64Of(s, value), scale, precision); ok {
				c.Decimal(decimal128.FromI64(v))
				return nil
			}
		}
		if class == sqlite3.SQLITE_FLOAT && limited && precision <= 15 && c.Form == batch.Decimal128 {
			if v, ok := roundReal(float64Of(s, value), scale, precision); ok {
				c.Decimal(decimal128.FromI64(v))
				return nil
			}
		}
		n, err := numericOf(s, value, class, limited && precision <= 15)
		if err == nil && limited {
			n, err = n.ApplyTypmod(t.Typmod)
		}
		if err != nil {
			return err
		}
		return c.Numeric(n)
	}
}

// roundReal is v*10^scale rounded, when that is below 10^precision and v is so far
// from a tie that the errors of v and of the product, some 10^-15 of them, can not
// change the result.
func roundReal(v float64, scale, precision int) (int64, bool) {
	scaled := v * float64(powers[scale])
	limit := float64(powers[precision])
	rounded := math.Round(scaled)
	if !(rounded > -limit && rounded < limit) || math.Abs(scaled-rounded) > 0.25 {
		return 0, false
	}
	return int64(rounded), true
}

// scaleUp is v*10^scale if it has at most precision digits.
func scaleUp(v int64, scale, precision int) (int64, bool) {
	limit := int64(math.MaxInt64)
	if precision <= 18 {
		limit = powers[precision]
	}
	if scale > 18 || v >= limit/powers[scale] || -v >= limit/powers[scale] {
		return 0, false
	}
	return v * powers[scale], true
}

var powers = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

func numericOf(s *stmt, value uintptr, class int32, rounds bool) (pgtypes.Numeric, error) {
	switch class {
	case sqlite3.SQLITE_INTEGER:
		return pgtypes.NumericFromInt64(int64Of(s, value)), nil
	case sqlite3.SQLITE_TEXT:
		return pgtypes.ParseNumeric(string(s.bytes(value)))
	case sqlite3.SQLITE_FLOAT:
		v := float64Of(s, value)
		var buf [32]byte
		digits := strconv.AppendFloat(buf[:0], v, 'e', -1, 64)
		if rounds {
			digits = strconv.AppendFloat(buf[:0], v, 'e', 14, 64)
		}
		if significant(digits) > 15 || math.IsInf(v, 0) {
			return pgtypes.Numeric{}, pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" has lost precision and is not a numeric any more", s.text(value)).
				WithHint("SQLite stores it as a double, which keeps 15 digits. Store the column as TEXT.")
		}
		n, err := pgtypes.ParseNumeric(string(digits))
		return n.TrimScale(), err
	default:
		return pgtypes.Numeric{}, wrongClass(s, value, class, "numeric")
	}
}

// significant counts the digits of a number in exponent form.
func significant(digits []byte) int {
	mantissa, _, _ := bytes.Cut(digits, []byte("e"))
	return len(bytes.TrimLeft(mantissa, "-")) - bytes.Count(mantissa, []byte("."))
}

// checkedText is the text of a value; a number is shown as SQLite shows it, which a
// column without a type may hold.
func checkedText(s *stmt, value uintptr, class int32) ([]byte, error) {
	if class == sqlite3.SQLITE_BLOB {
		return nil, wrongClass(s, value, class, "text")
	}
	text := s.text(value)
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	if !utf8.Valid(text) {
		return nil, pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%x", firstInvalid(text))
	}
	return text, nil
}

func firstInvalid(text []byte) byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return text[i]
		}
		i += n
	}
	return 0
}

func decodeText(s *stmt, value uintptr, class int32, c *batch.Column) error {
	text, err := checkedText(s, value, class)
	if err != nil {
		return err
	}
	c.Bytes(text)
	return nil
}

func decodeVarchar(t pgtypes.Type) decoder {
	limit := int(t.Typmod) - 4
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		text, err := checkedText(s, value, class)
		if err != nil {
			return err
		}
		if limit > 0 && len(text) > limit && utf8.RuneCount(text) > limit {
			return pgerr.New(pgerr.StringDataRightTruncation, "value too long for type character varying(%d)", limit)
		}
		c.Bytes(text)
		return nil
	}
}

func decodeBytea(s *stmt, value uintptr, class int32, c *batch.Column) error {
	if class != sqlite3.SQLITE_BLOB {
		return wrongClass(s, value, class, "bytea")
	}
	c.Bytes(s.bytes(value))
	return nil
}

func decodeUUID(t pgtypes.Type) decoder {
	parse := decodeParsed(t)
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		if class == sqlite3.SQLITE_BLOB {
			if b := s.bytes(value); len(b) == 16 {
				c.Fixed(b)
				return nil
			}
		}
		return parse(s, value, class, c)
	}
}

// decodeParsed reads texts with the type's input function.
func decodeParsed(t pgtypes.Type) decoder {
	style := pgtypes.DefaultStyle()
	return func(s *stmt, value uintptr, class int32, c *batch.Column) error {
		if class != sqlite3.SQLITE_TEXT {
			return wrongClass(s, value, class, typeName(t))
		}
		text, err := checkedText(s, value, class)
		if err != nil {
			return err
		}
		v, err := pgtypes.Parse(t, string(text), style)
		if err != nil {
			return err
		}
		return c.Datum(t, v)
	}
}
