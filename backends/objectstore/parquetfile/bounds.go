package parquetfile

import (
	"encoding/binary"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/parquet/metadata"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Bounds is what a row group's statistics say of a column.
type Bounds struct {
	// Min and Max bound the values that are not NULL; nil if unknown. They need not
	// occur: writers may shorten long texts.
	Min, Max pgtypes.Datum
	Nulls    int64 // -1 if unknown
	Rows     int64
}

// Bounds reads a row group's statistics of a column. Damaged ones count as none.
func (f *File) Bounds(group, column int) (b Bounds) {
	b = Bounds{Nulls: -1, Rows: f.Rows(group)}
	if f.Columns[column].Unreadable != "" {
		return b
	}
	at := &f.fields[column]
	if at.nested != nil {
		return b
	}
	if f.meta.Schema.Column(at.leaf).MaxDefinitionLevel() == 0 {
		b.Nulls = 0
	}
	if at.form.opaque {
		return b
	}
	defer func() {
		if recover() != nil { // arrow-go's decoding of the statistics
			b.Min, b.Max = nil, nil
		}
	}()
	chunk, err := f.meta.RowGroup(group).ColumnChunk(at.leaf)
	if err != nil {
		return b
	}
	statistics, err := chunk.Statistics()
	if err != nil || statistics == nil {
		return b
	}
	if statistics.HasNullCount() {
		b.Nulls = statistics.NullCount()
	}
	if statistics.HasMinMax() {
		b.Min, b.Max = at.form.bounds(statistics)
	}
	return b
}

// bounds gives both or neither.
func (f *form) bounds(s metadata.TypedStatistics) (lowest, highest pgtypes.Datum) {
	lowest, highest = f.datum(s.EncodeMin()), f.datum(s.EncodeMax())
	if lowest == nil || highest == nil || pgtypes.Compare(f.typ.OID, lowest, highest) > 0 {
		return nil, nil
	}
	return lowest, highest
}

// datum reads a stored value of the statistics, nil if it has none that can be compared.
func (f *form) datum(raw []byte) pgtypes.Datum {
	if f.raw > 0 && len(raw) != f.raw {
		return nil
	}
	switch {
	case f.shape == shapeBool:
		if len(raw) != 1 {
			return nil
		}
		return raw[0] != 0
	case f.typ.OID == pgtypes.OIDNumeric:
		return f.numeric(raw)
	case f.text && f.typ.OID == pgtypes.OIDText:
		if !utf8.Valid(raw) {
			return nil // a writer may cut within a character
		}
		return string(raw)
	case f.typ.OID == pgtypes.OIDBytea:
		return append([]byte{}, raw...)
	case f.shape != shapeFixed:
		return nil
	}
	value := make([]byte, f.out)
	if f.convert == nil {
		copy(value, raw)
	} else if f.convert(value, raw, 1) != nil {
		return nil
	}
	return f.fixedDatum(value)
}

func (f *form) fixedDatum(value []byte) pgtypes.Datum {
	switch f.typ.OID {
	case pgtypes.OIDInt2:
		return int32(int16(binary.LittleEndian.Uint16(value)))
	case pgtypes.OIDInt4, pgtypes.OIDDate:
		return load32(value, 0)
	case pgtypes.OIDInt8, pgtypes.OIDTime, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return load64(value, 0)
	case pgtypes.OIDFloat4:
		return notNaN(float64(math.Float32frombits(binary.LittleEndian.Uint32(value))))
	case pgtypes.OIDFloat8:
		return notNaN(math.Float64frombits(binary.LittleEndian.Uint64(value)))
	case pgtypes.OIDUUID:
		return [16]byte(value)
	default:
		return nil
	}
}

func notNaN(v float64) pgtypes.Datum {
	if math.IsNaN(v) {
		return nil
	}
	return v
}

func (f *form) numeric(raw []byte) pgtypes.Datum {
	_, scale, _ := pgtypes.NumericTypmod(f.typ.Typmod)
	if f.out == 16 {
		value := make([]byte, 16)
		if f.convert != nil {
			if f.convert(value, raw, 1) != nil {
				return nil
			}
		} else if hi, lo, err := decimalOf(raw); err == nil {
			store128(value, 0, hi, lo)
		} else {
			return nil
		}
		return pgtypes.FromDecimal128(load64(value, 1), uint64(load64(value, 0)), scale)
	}
	return pgtypes.NumericFromBig(bigOf(raw), scale)
}

// bigOf reads big-endian two's complement.
func bigOf(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(b)*8)))
	}
	return v
}
