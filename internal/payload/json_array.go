package payload

import (
	"bytes"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/jsonscan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// arrayOfJSON reads a JSON array as a Postgres one, and a text as its input.
func arrayOfJSON(t pgtypes.Type, text batch.TextAppender) jsonAppender {
	element, _ := pgtypes.ElementType(t.OID)
	return func(c *batch.Column, value []byte) error {
		if value[0] == '"' {
			plain, err := jsonscan.Unquote(value)
			if err != nil {
				return err
			}
			return text(c, plain)
		}
		literal, err := arrayLiteral(element, value)
		if err != nil {
			return err
		}
		return text(c, literal)
	}
}

// arrayLiteral writes a JSON array as the text of a Postgres array. Inner arrays are
// further dimensions, but for elements that are JSON themselves.
func arrayLiteral(element uint32, value []byte) ([]byte, error) {
	nested := element != pgtypes.OIDJSON && element != pgtypes.OIDJSONB
	out := []byte{'{'}
	err := jsonscan.Elements(value, func(e []byte) error {
		if len(out) > 1 {
			out = append(out, ',')
		}
		switch {
		case string(e) == "null":
			out = append(out, "NULL"...)
			return nil
		case nested && e[0] == '[':
			inner, err := arrayLiteral(element, e)
			out = append(out, inner...)
			return err
		case nested && e[0] == '"':
			plain, err := jsonscan.Unquote(e)
			if err != nil {
				return err
			}
			e = plain
		}
		out = appendQuotedElement(out, e)
		return nil
	})
	return append(out, '}'), err
}

func appendQuotedElement(dst, e []byte) []byte {
	dst = append(dst, '"')
	for _, b := range e {
		if b == '"' || b == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

func errBoolean(value []byte) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type boolean: \"%s\"", value)
}

// wholeNumber reads a JSON number that has no fraction, 1.7e9 too.
func wholeNumber(value []byte) (int64, error) {
	if !bytes.ContainsAny(value, ".eE") {
		return pgtypes.ParseInt64(string(value))
	}
	n, err := pgtypes.ParseNumeric(string(value))
	if err != nil {
		return 0, err
	}
	if n.TrimScale().Scale() > 0 {
		return 0, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type bigint: \"%s\"", value)
	}
	return n.Int64()
}
