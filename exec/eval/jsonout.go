package eval

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// appendJSON writes a value as to_json does.
func appendJSON(c *call, dst []byte, t pgtypes.Type, d pgtypes.Datum) []byte {
	switch d := d.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		if d {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case pgtypes.Array:
		return appendJSONArray(c, dst, d, "")
	case pgtypes.Record:
		return appendJSONRecord(c, dst, t, d)
	}
	switch t.OID {
	case pgtypes.OIDJSON, pgtypes.OIDJSONB:
		return append(dst, d.(string)...)
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8:
		return append(dst, textOf(c, t, d)...)
	case pgtypes.OIDFloat4, pgtypes.OIDFloat8, pgtypes.OIDNumeric:
		s := textOf(c, t, d)
		if strings.ContainsAny(s, "aI") { // NaN and the infinities are not JSON
			return pgtypes.AppendJSONString(dst, s)
		}
		return append(dst, s...)
	case pgtypes.OIDDate, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return pgtypes.AppendJSONString(dst, isoText(c, t, d))
	}
	return pgtypes.AppendJSONString(dst, textOf(c, t, d))
}

// isoText is the ISO 8601 form of a date or timestamp.
func isoText(c *call, t pgtypes.Type, d pgtypes.Datum) string {
	style := pgtypes.DefaultStyle()
	style.Zone = c.ctx.Style.Zone
	s := pgtypes.Text(t, d, style)
	if t.OID == pgtypes.OIDDate || strings.HasSuffix(s, "infinity") {
		return s
	}
	s = strings.Replace(s, " ", "T", 1)
	if t.OID == pgtypes.OIDTimestamptz {
		body, era, _ := strings.Cut(s, " ")
		if sign := strings.LastIndexAny(body, "+-"); len(body)-sign == 3 {
			body += ":00"
		}
		s = body
		if era != "" {
			s += " " + era
		}
	}
	return s
}

func appendJSONArray(c *call, dst []byte, a array, separator string) []byte {
	if len(a.Dims) == 0 {
		return append(dst, "[]"...)
	}
	at := 0
	return appendJSONDim(c, dst, a, 0, &at, separator)
}

func appendJSONDim(c *call, dst []byte, a array, dim int, at *int, separator string) []byte {
	dst = append(dst, '[')
	for i := range a.Dims[dim].Length {
		if i > 0 {
			dst = append(append(dst, ','), separator...)
		}
		if dim+1 < len(a.Dims) {
			dst = appendJSONDim(c, dst, a, dim+1, at, "")
			continue
		}
		dst = appendJSON(c, dst, pgtypes.Of(a.ElementType), a.Elements[*at])
		*at++
	}
	return append(dst, ']')
}

func appendJSONRecord(c *call, dst []byte, _ pgtypes.Type, r pgtypes.Record) []byte {
	dst = append(dst, '{')
	for i, f := range r.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		name := "f" + strconv.Itoa(i+1)
		if i < len(r.Names) {
			name = r.Names[i]
		}
		dst = pgtypes.AppendJSONString(dst, name)
		dst = append(dst, ':')
		dst = appendJSON(c, dst, pgtypes.Of(r.Types[i]), f)
	}
	return append(dst, '}')
}

// toJSON is a value as JSON text, in jsonb's form when b is set.
func toJSON(c *call, t pgtypes.Type, d pgtypes.Datum, b bool) (string, error) {
	s := string(appendJSON(c, nil, t, d))
	if b {
		return pgtypes.CanonicalJSONB(s)
	}
	return s, nil
}

// structured says that a type's JSON form is an array or an object.
func structured(t pgtypes.Type) bool {
	if _, ok := pgtypes.ElementType(t.OID); ok || t.OID == pgtypes.OIDRecord {
		return true
	}
	row := pgbuiltin.TypeByOID(t.OID)
	return row != nil && row.Kind == 'c'
}
