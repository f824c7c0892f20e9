package rowenc

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
)

// randomArrays are columns of every form that is written in place: sane values, then
// with some at the edges of their types.
func randomArrays(r *rand.Rand, rows int, wild, nulls bool) ([]arrow.Array, []session.Field) {
	var arrays []arrow.Array
	var fields []session.Field
	add := func(t pgtypes.Type, b array.Builder, appendOne func()) {
		for range rows {
			if nulls && r.IntN(5) == 0 {
				b.AppendNull()
			} else {
				appendOne()
			}
		}
		arrays = append(arrays, b.NewArray())
		fields = append(fields, session.Field{Name: pgtypes.FormatType(t), Type: t})
	}
	// number is of any magnitude up to bits.
	number := func(bits int) int64 {
		v := r.Int64() >> (63 - r.IntN(bits))
		if r.IntN(2) == 0 {
			v = -v - 1
		}
		return v
	}
	pool := memory.DefaultAllocator
	builder := func(t pgtypes.Type) array.Builder { return array.NewBuilder(pool, pgtypes.ArrowType(t)) }
	of := pgtypes.Of
	b := builder(of(pgtypes.OIDBool)).(*array.BooleanBuilder)
	add(of(pgtypes.OIDBool), b, func() { b.Append(r.IntN(2) == 0) })
	i2 := builder(of(pgtypes.OIDInt2)).(*array.Int16Builder)
	add(of(pgtypes.OIDInt2), i2, func() { i2.Append(int16(number(16))) })
	i4 := builder(of(pgtypes.OIDInt4)).(*array.Int32Builder)
	add(of(pgtypes.OIDInt4), i4, func() { i4.Append(int32(number(32))) })
	i8 := builder(of(pgtypes.OIDInt8)).(*array.Int64Builder)
	add(of(pgtypes.OIDInt8), i8, func() { i8.Append(number(63)) })
	oid := builder(of(pgtypes.OIDOid)).(*array.Uint32Builder)
	add(of(pgtypes.OIDOid), oid, func() { oid.Append(uint32(number(33))) })
	f4 := builder(of(pgtypes.OIDFloat4)).(*array.Float32Builder)
	add(of(pgtypes.OIDFloat4), f4, func() { f4.Append(float32(number(40)) / 8) })
	f8 := builder(of(pgtypes.OIDFloat8)).(*array.Float64Builder)
	add(of(pgtypes.OIDFloat8), f8, func() {
		v := float64(number(40)) / math.Pow(10, float64(r.IntN(9)))
		if wild && r.IntN(3) == 0 {
			v = math.Float64frombits(r.Uint64())
		}
		f8.Append(v)
	})
	for _, scale := range []int{0, 2, 7, 8, 9, 20} {
		t := pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(38, scale)}
		d := builder(t).(*array.Decimal128Builder)
		add(t, d, func() {
			v := decimal128.FromI64(number(54))
			if wild && r.IntN(100) == 0 {
				v = decimal128.New(number(60), r.Uint64())
			}
			d.Append(v)
		})
	}
	text := builder(of(pgtypes.OIDText)).(*array.StringBuilder)
	add(of(pgtypes.OIDText), text, func() { text.Append(fmt.Sprintf("%0*d", r.IntN(70), 7)) })
	large := array.NewLargeStringBuilder(pool)
	add(of(pgtypes.OIDText), large, func() { large.Append(fmt.Sprintf("%0*d", r.IntN(70), 7)) })
	coded := array.NewDictionaryBuilder(pool, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}).(*array.BinaryDictionaryBuilder)
	add(of(pgtypes.OIDText), coded, func() { _ = coded.AppendString(fmt.Sprint("value ", r.IntN(9))) })
	uuid := builder(of(pgtypes.OIDUUID)).(*array.FixedSizeBinaryBuilder)
	add(of(pgtypes.OIDUUID), uuid, func() { uuid.Append([]byte(fmt.Sprintf("%016d", r.IntN(1e9)))) })
	day := builder(of(pgtypes.OIDDate)).(*array.Date32Builder)
	add(of(pgtypes.OIDDate), day, func() {
		v := r.Int32N(40000) - 10000
		if wild && r.IntN(100) == 0 {
			v = pgtypes.DateInfinity - r.Int32N(2)*(pgtypes.DateInfinity-3e6)
		}
		day.Append(arrow.Date32(v))
	})
	addTimestamps(r, wild, builder, add)
	return arrays, fields
}

func addTimestamps(r *rand.Rand, wild bool, builder func(pgtypes.Type) array.Builder, add func(pgtypes.Type, array.Builder, func())) {
	for _, oid := range []uint32{pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz} {
		ts := builder(pgtypes.Of(oid)).(*array.TimestampBuilder)
		at := int64(-1e15)
		add(pgtypes.Of(oid), ts, func() {
			at += r.Int64N(1e11) / []int64{1, 1e3, 1e6}[r.IntN(3)] * []int64{1, 1e3, 1e6}[r.IntN(3)]
			v := at
			if wild && r.IntN(100) == 0 {
				v = []int64{math.MaxInt64, math.MinInt64, -1e17}[r.IntN(3)]
			}
			ts.Append(arrow.Timestamp(v))
		})
	}
}

// oneByOne is the encoding of a value at a time.
func oneByOne(t *testing.T, batch arrow.RecordBatch, fields []session.Field, style pgtypes.Style) []byte {
	e := New(fields, style)
	if err := e.Bind(batch); err != nil {
		t.Fatal(err)
	}
	var out []byte
	for row := range int(batch.NumRows()) {
		body := []byte{byte(len(fields) >> 8), byte(len(fields))}
		for i := range e.columns {
			c := &e.columns[i]
			if c.isNull(row) {
				body = append(body, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			value, err := c.append(nil, row)
			if err != nil {
				t.Fatal(err)
			}
			body = append(append(body, byte(len(value)>>24), byte(len(value)>>16), byte(len(value)>>8), byte(len(value))), value...)
		}
		n := len(body) + 4
		out = append(append(out, 'D', byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), body...)
	}
	return out
}

// TestColumnsEqualValues compares what the columns' loops write with what is written a
// value at a time.
func TestColumnsEqualValues(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	styles := []pgtypes.Style{pgtypes.DefaultStyle(), {DateFormat: pgtypes.DateGerman}, {ExtraFloatDigits: 3, DateOrder: pgtypes.DateDMY}}
	for round := range 60 {
		arrays, fields := randomArrays(r, 1+r.IntN(600), round%3 == 2, round%2 == 1)
		for i := range fields {
			fields[i].Format = int16(r.IntN(2))
			if round < 12 {
				fields[i].Format = 0
			}
		}
		schema := make([]arrow.Field, len(arrays))
		for i, a := range arrays {
			schema[i] = arrow.Field{Name: "c", Type: a.DataType(), Nullable: true}
		}
		whole := array.NewRecordBatch(arrow.NewSchema(schema, nil), arrays, int64(arrays[0].Len()))
		batch := whole.NewSlice(r.Int64N(whole.NumRows()), whole.NumRows())
		style := styles[round%len(styles)]
		want := oneByOne(t, batch, fields, style)
		e := New(fields, style)
		got, err := e.AppendAll([]byte("before"), batch)
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, got[6:], want, fields)
		// In portions, which end between rows.
		if err := e.Bind(batch); err != nil {
			t.Fatal(err)
		}
		var portions []byte
		for e.More() {
			portion, err := e.Append(nil, 100)
			if err != nil {
				t.Fatal(err)
			}
			portions = append(portions, portion...)
		}
		compareRows(t, portions, want, fields)
	}
}

func compareRows(t *testing.T, got, want []byte, fields []session.Field) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	t.Fatalf("from byte %d on:\n%q, want\n%q\n%v", at, got[max(0, at-60):min(len(got), at+60)], want[max(0, at-60):min(len(want), at+60)], fields)
}

// TestLargeValues has chunks end early, by values of every kind, and loses no row.
func TestLargeValues(t *testing.T) {
	text := array.NewStringBuilder(memory.DefaultAllocator)
	data := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	for i := range 40 {
		text.Append(string(bytes.Repeat([]byte{'x'}, i%3*300_000)))
		data.Append(bytes.Repeat([]byte{1}, i%5*200_000))
	}
	fields := []session.Field{{Type: pgtypes.Of(pgtypes.OIDText)}, {Type: pgtypes.Of(pgtypes.OIDBytea)}}
	schema := arrow.NewSchema([]arrow.Field{{Name: "t", Type: arrow.BinaryTypes.String}, {Name: "b", Type: arrow.BinaryTypes.Binary}}, nil)
	batch := array.NewRecordBatch(schema, []arrow.Array{text.NewArray(), data.NewArray()}, 40)
	want := oneByOne(t, batch, fields, pgtypes.DefaultStyle())
	e := New(fields, pgtypes.DefaultStyle())
	if err := e.Bind(batch); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for e.More() {
		portion, err := e.Append(nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(portion) > 4*chunkBytes {
			t.Errorf("a portion of %d bytes", len(portion))
		}
		got = append(got, portion...)
	}
	if !bytes.Equal(got, want) {
		t.Error("rows differ")
	}
}

// TestFaultyRow sends the rows before a value that can not be encoded.
func TestFaultyRow(t *testing.T) {
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	good := pgtypes.NewNumeric(15, 1).AppendBinary(nil)
	for range 200 {
		b.Append(good)
	}
	b.Append([]byte{1})
	fields := []session.Field{{Type: pgtypes.Of(pgtypes.OIDNumeric)}}
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.BinaryTypes.Binary}}, nil)
	out, err := New(fields, pgtypes.DefaultStyle()).AppendAll(nil, array.NewRecordBatch(schema, []arrow.Array{b.NewArray()}, 201))
	if err == nil || bytes.Count(out, []byte("1.5")) != 200 {
		t.Errorf("%d rows and %v", bytes.Count(out, []byte("1.5")), err)
	}
}
