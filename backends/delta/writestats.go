package delta

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// statColumns is how many columns have statistics by default.
const statColumns = 32

// stats are those of a file that was just written, from its own footer.
func (d *dataFile) stats(w *filesWriter) (string, error) {
	size := int64(d.buffer.Len())
	file, err := parquetfile.ReadFooter(bytes.NewReader(d.buffer.Bytes()), size, parquetfile.Options{})
	if err != nil {
		return "", err
	}
	most := statColumns
	if n, ok := wholeNumber(w.snapshot.metadata.Configuration["delta.dataSkippingNumIndexedCols"]); ok {
		most = int(n)
	}
	out := struct {
		Records int64          `json:"numRecords"`
		Min     map[string]any `json:"minValues"`
		Max     map[string]any `json:"maxValues"`
		Nulls   map[string]any `json:"nullCount"`
	}{d.rows, map[string]any{}, map[string]any{}, map[string]any{}}
	for i, c := range w.stored {
		if i >= most {
			break
		}
		low, high, nulls := columnBounds(file, i, c.Type.OID)
		if nulls >= 0 {
			out.Nulls[c.Name] = nulls
		}
		if low == nil || high == nil || d.nan[i] {
			continue
		}
		lowest, highest := statOf(c.Type, low, false), statOf(c.Type, high, true)
		if lowest != nil && highest != nil {
			out.Min[c.Name], out.Max[c.Name] = lowest, highest
		}
	}
	text, err := json.Marshal(out)
	return string(text), err
}

// columnBounds merges a column's bounds over the row groups; nil if one has none.
func columnBounds(file *parquetfile.File, column int, oid uint32) (low, high pgtypes.Datum, nulls int64) {
	bounded := true
	for g := range file.RowGroups() {
		b := file.Bounds(g, column)
		if nulls >= 0 && b.Nulls >= 0 {
			nulls += b.Nulls
		} else {
			nulls = -1
		}
		if b.Nulls == b.Rows {
			continue
		}
		if b.Min == nil || b.Max == nil {
			bounded = false
			continue
		}
		if low == nil || pgtypes.Compare(oid, b.Min, low) < 0 {
			low = b.Min
		}
		if high == nil || pgtypes.Compare(oid, b.Max, high) > 0 {
			high = b.Max
		}
	}
	if !bounded {
		return nil, nil, nulls
	}
	return low, high, nulls
}

// statOf is a bound as statistics write it, nil if they have no form for it. Texts
// are cut after 32 characters and timestamps after the millisecond, upper bounds
// upwards.
func statOf(typ pgtypes.Type, v pgtypes.Datum, upper bool) any {
	switch v := v.(type) {
	case string:
		return cutText(v, upper)
	case int32:
		if typ.OID != pgtypes.OIDDate {
			return v
		}
	case int64:
		switch typ.OID {
		case pgtypes.OIDInt8:
			return v
		case pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
			return timestampStat(typ, v, upper)
		}
		return nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil
		}
		if typ.OID == pgtypes.OIDFloat4 {
			return float32(v)
		}
		return v
	case pgtypes.Numeric:
		return json.Number(v.String())
	default:
		return nil
	}
	text := pgtypes.Text(typ, v, pgtypes.DefaultStyle())
	if len(text) != len("2000-01-01") {
		return nil // before Christ, or after the year 9999
	}
	return text
}

func timestampStat(typ pgtypes.Type, micros int64, upper bool) any {
	millis := micros / 1000
	if micros%1000 < 0 {
		millis--
	}
	if upper && millis*1000 != micros {
		millis++
	}
	at := time.UnixMilli(millis).UTC()
	if y := at.Year(); y < 1 || y > 9999 {
		return nil
	}
	if typ.OID == pgtypes.OIDTimestamp {
		return at.Format("2006-01-02T15:04:05.000")
	}
	return at.Format("2006-01-02T15:04:05.000Z")
}

// cutText shortens a text; an upper bound ends in the greatest character then.
func cutText(s string, upper bool) any {
	if !utf8.ValidString(s) {
		return nil
	}
	at, n := 0, 0
	for at < len(s) && n < truncatedText {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
		n++
	}
	if at == len(s) {
		return s
	}
	if upper {
		return s[:at] + "\U0010ffff"
	}
	return s[:at]
}
