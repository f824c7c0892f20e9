package objectstore

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/jsonscan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// appendText parses a value's text as Postgres would and appends it.
func appendText(b array.Builder, t pgtypes.Type, text []byte) error {
	switch b := b.(type) {
	case *array.Int64Builder:
		if t.OID == pgtypes.OIDInt8 {
			if v, ok := smallInt(text); ok {
				b.Append(v)
				return nil
			}
		}
	case *array.StringBuilder:
		if t.OID == pgtypes.OIDText {
			if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
				return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
			}
			b.BinaryBuilder.Append(text)
			return nil
		}
	case *array.Float64Builder:
		if v, err := strconv.ParseFloat(string(text), 64); err == nil && len(text) < 20 && isNumber(text) {
			b.Append(v)
			return nil
		}
	}
	v, err := pgtypes.Parse(t, string(text), pgtypes.DefaultStyle())
	if err != nil {
		return err
	}
	return pgtypes.AppendToBuilder(b, t, v)
}

// smallInt reads up to 18 digits, which can not overflow.
func smallInt(text []byte) (v int64, ok bool) {
	number := text
	if len(number) > 0 && number[0] == '-' {
		number = number[1:]
	}
	if len(number) == 0 || len(number) > 18 {
		return 0, false
	}
	for _, c := range number {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if len(number) < len(text) {
		v = -v
	}
	return v, true
}

// appendJSON appends a JSON value: a string by its content, unless the column is
// JSON itself, and anything else by its text.
func appendJSON(b array.Builder, t pgtypes.Type, value []byte) error {
	switch {
	case string(value) == "null":
		b.AppendNull()
		return nil
	case t.OID == pgtypes.OIDJSON, t.OID == pgtypes.OIDJSONB:
		return appendText(b, t, value)
	case value[0] == '"':
		text, err := unquote(value)
		if err != nil {
			return err
		}
		return appendText(b, t, text)
	case value[0] == '{', value[0] == '[':
		if err := pgtypes.ValidateJSON(string(value)); err != nil {
			return err
		}
	case t.OID == pgtypes.OIDBool && (value[0] == '0' || value[0] == '1'):
		return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type boolean: \"%s\"", value)
	default:
		if !jsonscan.IsNumber(value) && string(value) != "true" && string(value) != "false" {
			return errJSON
		}
	}
	return appendText(b, t, value)
}
