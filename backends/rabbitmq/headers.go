package rabbitmq

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// textOf is the text of bytes, or their hexadecimal form where they are none.
func textOf(b []byte) []byte {
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return b
	}
	return hex.AppendEncode([]byte(`\x`), b)
}

// appendHeaders writes a table of headers as jsonb's text.
func appendHeaders(dst []byte, table map[string]any) []byte {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { // jsonb's order: shorter keys first
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return bytes.Compare([]byte(a), []byte(b))
	})
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendText(dst, []byte(name)), ": "...)
		dst = appendHeader(dst, table[name])
	}
	return append(dst, '}')
}

func appendText(dst, text []byte) []byte { return pgtypes.AppendJSONString(dst, string(textOf(text))) }

// appendHeader writes a value of AMQP 0.9.1 or 1.0; what is no JSON is a text.
func appendHeader(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendText(dst, []byte(v))
	case []byte:
		return appendText(dst, v)
	case time.Time:
		return appendText(dst, v.UTC().AppendFormat(nil, "2006-01-02T15:04:05.999999-07:00"))
	case amqp.Table:
		return appendHeaders(dst, v)
	case map[string]any:
		return appendHeaders(dst, v)
	case amqp.Decimal:
		return appendDecimal(dst, v)
	case float32:
		return appendFloat(dst, float64(v), 32)
	case float64:
		return appendFloat(dst, v, 64)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendHeader(dst, element)
		}
		return append(dst, ']')
	}
	return appendInteger(dst, value)
}

func appendInteger(dst []byte, value any) []byte {
	switch v := value.(type) {
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int8:
		return strconv.AppendInt(dst, int64(v), 10)
	case int16:
		return strconv.AppendInt(dst, int64(v), 10)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint8:
		return strconv.AppendUint(dst, uint64(v), 10)
	case uint16:
		return strconv.AppendUint(dst, uint64(v), 10)
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	}
	return append(dst, "null"...) // there are no more types
}

func appendFloat(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return appendText(dst, strconv.AppendFloat(nil, v, 'g', -1, bits))
	}
	return strconv.AppendFloat(dst, v, 'f', -1, bits)
}

// appendDecimal writes a whole number with its point moved to the left.
func appendDecimal(dst []byte, d amqp.Decimal) []byte {
	v := int64(d.Value)
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	digits := strconv.FormatInt(v, 10)
	for len(digits) <= int(d.Scale) {
		digits = "0" + digits
	}
	dst = append(dst, digits[:len(digits)-int(d.Scale)]...)
	if d.Scale > 0 {
		dst = append(append(dst, '.'), digits[len(digits)-int(d.Scale):]...)
	}
	return dst
}

// parseHeaders reads an object of JSON as a table.
func parseHeaders(text string) (amqp.Table, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil || object == nil {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "column \"_headers\" must be an object")
	}
	table := amqp.Table{}
	for name, value := range object {
		if len(name) > 255 {
			return nil, pgerr.New(pgerr.ProgramLimitExceeded, "a header's name is longer than 255 bytes")
		}
		v, err := headerOf(value)
		if err != nil {
			return nil, err
		}
		table[name] = v
	}
	return table, nil
}

func headerOf(value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, pgerr.New(pgerr.NumericValueOutOfRange, "header %s is out of range of type double precision", v)
		}
		return f, nil
	case map[string]any:
		table := amqp.Table{}
		for name, member := range v {
			m, err := headerOf(member)
			if err != nil {
				return nil, err
			}
			table[name] = m
		}
		return table, nil
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = headerOf(v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return value, nil
}
