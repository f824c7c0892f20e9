package payload

import (
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// jsonEncoder writes rows as objects, a path's names inside each other.
type jsonEncoder struct {
	whole *written // the column that is the message itself
	root  jsonPlace
}

// jsonPlace is a member: a column's value, or an object of further ones.
type jsonPlace struct {
	key     []byte // as it is written, with its colon
	name    string
	column  *written
	members []*jsonPlace
}

func newJSONEncoder(columns []written) *jsonEncoder {
	e := &jsonEncoder{}
	for i := range columns {
		if w := &columns[i]; len(w.field.path) == 0 {
			e.whole = w
		} else {
			e.root.add(w.field.path, w)
		}
	}
	return e
}

func (p *jsonPlace) add(path []string, w *written) {
	for _, m := range p.members {
		if m.name == path[0] && m.column == nil && len(path) > 1 {
			m.add(path[1:], w)
			return
		}
	}
	m := &jsonPlace{name: path[0], key: append(pgtypes.AppendJSONString(nil, path[0]), ':')}
	p.members = append(p.members, m)
	if len(path) == 1 {
		m.column = w
		return
	}
	m.add(path[1:], w)
}

func (e *jsonEncoder) encode(dst []byte, record arrow.RecordBatch, row int) ([]byte, bool, error) {
	if e.whole != nil {
		v, err := e.whole.value(record, row)
		if err != nil || v == nil {
			return dst, true, err
		}
		dst, err = appendJSONValue(dst, &e.whole.field, e.whole.Type, v)
		return dst, false, err
	}
	dst, err := e.root.append(dst, record, row)
	return dst, false, err
}

func (p *jsonPlace) append(dst []byte, record arrow.RecordBatch, row int) ([]byte, error) {
	dst = append(dst, '{')
	for i, m := range p.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, m.key...)
		var err error
		if m.column == nil {
			dst, err = m.append(dst, record, row)
		} else {
			dst, err = m.column.appendJSON(dst, record, row)
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (w *written) appendJSON(dst []byte, record arrow.RecordBatch, row int) ([]byte, error) {
	if a := record.Column(w.At); w.field.unit == "" && !a.IsNull(row) {
		if out, ok := appendStraight(dst, w.Type, a, row); ok {
			return out, nil
		}
	}
	v, err := w.value(record, row)
	if err != nil {
		return dst, err
	}
	if v == nil {
		return append(dst, "null"...), nil
	}
	return appendJSONValue(dst, &w.field, w.Type, v)
}

// appendJSONValue writes a value so that it reads back as the same: numbers, booleans
// and JSON as they are, all else as its text, times in ISO 8601 as to_json gives them.
func appendJSONValue(dst []byte, f *Field, t pgtypes.Type, v pgtypes.Datum) ([]byte, error) {
	if f.unit != "" {
		n, err := epochOf(t, v, units[f.unit])
		return pgtypes.AppendInt(dst, n), err
	}
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case pgtypes.Array:
		return appendJSONArray(dst, v, 0, v.Elements)
	case string:
		if t.OID == pgtypes.OIDJSON || t.OID == pgtypes.OIDJSONB {
			return append(dst, v...), nil
		}
		return pgtypes.AppendJSONString(dst, v), nil
	}
	text := pgtypes.Text(t, v, pgtypes.DefaultStyle())
	switch t.OID {
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDFloat4, pgtypes.OIDFloat8, pgtypes.OIDNumeric, pgtypes.OIDOid:
		if c := text[len(text)-1]; c >= '0' && c <= '9' { // not NaN, Infinity
			return append(dst, text...), nil
		}
	case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		text = isoTimestamp(text, t.OID == pgtypes.OIDTimestamptz)
	}
	return pgtypes.AppendJSONString(dst, text), nil
}

// isoTimestamp is to_json's form; infinities and years BC keep Postgres's own.
func isoTimestamp(text string, zoned bool) string {
	if strings.HasSuffix(text, "y") || strings.HasSuffix(text, "C") {
		return text
	}
	text = strings.Replace(text, " ", "T", 1)
	if zoned { // the default style's zone is UTC
		text += ":00"
	}
	return text
}

// appendJSONArray writes a dimension of an array.
func appendJSONArray(dst []byte, a pgtypes.Array, dimension int, elements []pgtypes.Datum) ([]byte, error) {
	dst = append(dst, '[')
	inner := 1
	for _, d := range a.Dims[min(dimension+1, len(a.Dims)):] {
		inner *= int(d.Length)
	}
	for i := 0; i < len(elements); i += inner {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		switch {
		case dimension+1 < len(a.Dims):
			dst, err = appendJSONArray(dst, a, dimension+1, elements[i:i+inner])
		case elements[i] == nil:
			dst = append(dst, "null"...)
		default:
			dst, err = appendJSONValue(dst, &Field{}, pgtypes.Of(a.ElementType), elements[i])
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// epochOf is a time as a number of units, rounded to the nearest.
func epochOf(t pgtypes.Type, v pgtypes.Datum, unit int64) (int64, error) {
	micros := int64(0)
	switch v := v.(type) {
	case int32:
		micros = int64(v) * microsPerDay
		if v == math.MaxInt32 || v == math.MinInt32 {
			return 0, errInfinite(t)
		}
	case int64:
		if micros = v; v == math.MaxInt64 || v == math.MinInt64 {
			return 0, errInfinite(t)
		}
	}
	if unit < 0 {
		if micros > math.MaxInt64/-unit || micros < math.MinInt64/-unit {
			return 0, errTimeRange(t)
		}
		return micros * -unit, nil
	}
	return floorDiv(micros+unit/2, unit), nil
}

func errInfinite(t pgtypes.Type) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "an infinite %s can not be written as a number", pgtypes.TypeName(t.OID))
}
