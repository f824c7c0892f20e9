package delta

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// fileStats are the log's statistics of a file, by names of columns in files.
type fileStats struct {
	Records *int64                     `json:"numRecords"`
	Min     map[string]json.RawMessage `json:"minValues"`
	Max     map[string]json.RawMessage `json:"maxValues"`
	Nulls   map[string]json.RawMessage `json:"nullCount"`
}

// statsOf reads a file's statistics, from the text or from the columns of a
// checkpoint. Damaged ones count as none.
func (s *snapshot) statsOf(file int) *fileStats {
	if known := s.stats[file].Load(); known != nil {
		return known
	}
	parsed := new(fileStats)
	text := []byte(s.files[file].Stats)
	if len(text) == 0 {
		text = s.files[file].StatsParsed
	}
	if len(text) > 0 && json.Unmarshal(text, parsed) != nil {
		parsed = new(fileStats)
	}
	s.stats[file].Store(parsed)
	return parsed
}

// rows is the number of rows of a file that are not deleted, -1 if unknown.
func (s *snapshot) rows(file int) int64 {
	records := s.statsOf(file).Records
	if records == nil || *records < 0 {
		return -1
	}
	if v := s.files[file].Vector; v != nil {
		return max(*records-v.Cardinality, 0)
	}
	return *records
}

// mayMatch says whether a file may hold rows that pass all predicates.
func (s *snapshot) mayMatch(file int, predicates []backends.Predicate) bool {
	for _, p := range predicates {
		if p.Column >= len(s.columns) {
			continue
		}
		if !s.bounds(file, p.Column).MayMatch(s.columns[p.Column].Type.OID, p) {
			return false
		}
	}
	return true
}

// bounds are what partition values and statistics say of a column in a file.
func (s *snapshot) bounds(file, column int) parquetfile.Bounds {
	if s.partition(column) {
		v, err := s.partitionValue(&s.files[file], column)
		switch {
		case err != nil:
			return parquetfile.Bounds{Nulls: -1, Rows: 1} // reading the file will tell
		case v == nil:
			return parquetfile.Bounds{Nulls: 1, Rows: 1}
		}
		return parquetfile.Bounds{Min: v, Max: v, Rows: 1}
	}
	stats := s.statsOf(file)
	out := parquetfile.Bounds{Nulls: -1}
	if stats.Records != nil {
		out.Rows = *stats.Records
	}
	f := &s.fields[column]
	name := f.physical(s.mapping() != "none")
	var nulls int64
	if stats.Records != nil && stats.Nulls[name] != nil && json.Unmarshal(stats.Nulls[name], &nulls) == nil {
		out.Nulls = nulls
	}
	typ := s.columns[column].Type
	if !f.ordered(typ) {
		return out
	}
	low, high := statValue(typ, stats.Min[name]), statValue(typ, stats.Max[name])
	if low == nil || high == nil || pgtypes.Compare(typ.OID, low, high) > 0 {
		return out
	}
	out.Min, out.Max = widened(typ, low, false), widened(typ, high, true)
	return out
}

// ordered says whether statistics of a column are in the order of its type. They are
// not where values are kept as texts of another type, and may not be where the
// column had another type before.
func (f *field) ordered(typ pgtypes.Type) bool {
	if f.typ.nested() || f.text(metaType) != "" {
		return false
	}
	switch typ.OID {
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8:
		return true
	case pgtypes.OIDBytea:
		return false
	default:
		return f.metadata["delta.typeChanges"] == nil
	}
}

// statValue reads a value of the statistics, nil if it is none of the type.
func statValue(typ pgtypes.Type, raw json.RawMessage) pgtypes.Datum {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	text := string(raw)
	if raw[0] == '"' && json.Unmarshal(raw, &text) != nil {
		return nil
	}
	v, err := pgtypes.Parse(typ, text, pgtypes.DefaultStyle())
	if err != nil {
		return nil
	}
	if f, ok := v.(float64); ok && f != f {
		return nil
	}
	return v
}

// truncatedText is from how many characters on a text in the statistics may be cut.
const truncatedText = 32

// widened makes a bound of one that the writer may have cut or rounded: texts after 32
// characters and timestamps after the millisecond, downwards both; decimals to what a
// float holds.
func widened(typ pgtypes.Type, v pgtypes.Datum, upper bool) pgtypes.Datum {
	switch v := v.(type) {
	case string:
		if upper && utf8.RuneCountInString(v) >= truncatedText {
			return v + strings.Repeat("\U0010ffff", 4)
		}
	case int64:
		if upper && (typ.OID == pgtypes.OIDTimestamp || typ.OID == pgtypes.OIDTimestamptz) {
			return v + 999
		}
	case pgtypes.Numeric:
		if precision, _, ok := pgtypes.NumericTypmod(typ.Typmod); !ok || precision > floatDigits {
			return apart(v, upper)
		}
	}
	return v
}

// floatDigits is how many decimal digits a float keeps for certain.
const floatDigits = 15

// apart moves a number away from the others by what a float's rounding may amount to.
func apart(v pgtypes.Numeric, upper bool) pgtypes.Datum {
	off, err := v.Abs().Mul(pgtypes.NewNumeric(1, floatDigits))
	if err == nil {
		if !upper {
			off = off.Neg()
		}
		v, err = v.Add(off)
	}
	if err != nil {
		return nil
	}
	return v
}
