package rowenc_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/wire/rowenc"
)

// samples are texts of values, three for each type.
var samples = []struct {
	typ   pgtypes.Type
	texts [3]string
}{
	{pgtypes.Of(pgtypes.OIDBool), [3]string{"t", "f", "t"}},
	{pgtypes.Of(pgtypes.OIDInt2), [3]string{"-32768", "0", "32767"}},
	{pgtypes.Of(pgtypes.OIDInt4), [3]string{"-2147483648", "7", "2147483647"}},
	{pgtypes.Of(pgtypes.OIDInt8), [3]string{"-9223372036854775808", "7", "9223372036854775807"}},
	{pgtypes.Of(pgtypes.OIDOid), [3]string{"0", "16384", "4294967295"}},
	{pgtypes.Of(pgtypes.OIDFloat4), [3]string{"1.5", "NaN", "-Infinity"}},
	{pgtypes.Of(pgtypes.OIDFloat8), [3]string{"0.1", "1e+300", "-0"}},
	{pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(38, 4)}, [3]string{"-1.5000", "0.0000", "1234567890123456789012345678901234.5678"}},
	{pgtypes.Of(pgtypes.OIDNumeric), [3]string{"1.50", "NaN", "-0.00000000000000000000000000000001"}},
	{pgtypes.Of(pgtypes.OIDText), [3]string{"", "täxt", "x"}},
	{pgtypes.Of(pgtypes.OIDBytea), [3]string{`\x00ff`, `\x`, `\x61`}},
	{pgtypes.Of(pgtypes.OIDJSONB), [3]string{`{"a": 1}`, "null", "[]"}},
	{pgtypes.Of(pgtypes.OIDDate), [3]string{"2024-02-29", "infinity", "0044-03-15 BC"}},
	{pgtypes.Of(pgtypes.OIDTime), [3]string{"00:00:00", "24:00:00", "12:34:56.789"}},
	{pgtypes.Of(pgtypes.OIDTimetz), [3]string{"00:00:00+00", "12:34:56.789-05:30", "24:00:00+02"}},
	{pgtypes.Of(pgtypes.OIDTimestamp), [3]string{"2024-02-29 12:34:56.789", "-infinity", "1999-12-31 23:59:59.999999"}},
	{pgtypes.Of(pgtypes.OIDTimestamptz), [3]string{"2024-02-29 12:34:56.789+00", "infinity", "1969-12-31 23:59:59+00"}},
	{pgtypes.Of(pgtypes.OIDInterval), [3]string{"1 year 2 mons -3 days +04:05:06.7", "00:00:00", "-1 days"}},
	{pgtypes.Of(pgtypes.OIDUUID), [3]string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}},
	{pgtypes.Of(pgtypes.OIDInt4Array), [3]string{"{1,NULL,3}", "{}", "[2:3]={1,2}"}},
	{pgtypes.Of(pgtypes.OIDInet), [3]string{"10.0.0.1", "::1", "10.0.0.0/8"}},
}

// batch has a column for each sample: NULL in row 1, preceded by a row to slice off.
func batch(t testing.TB, pool memory.Allocator) (arrow.RecordBatch, []session.Field) {
	fields := make([]arrow.Field, len(samples))
	out := make([]session.Field, len(samples))
	columns := make([]arrow.Array, len(samples))
	for i, s := range samples {
		fields[i] = pgtypes.ArrowField(fmt.Sprint("c", i), s.typ)
		out[i] = session.Field{Name: fields[i].Name, Type: s.typ}
		b := array.NewBuilder(pool, fields[i].Type)
		for _, k := range []int{2, 0, -1, 1, 2} {
			var v pgtypes.Datum
			if k >= 0 {
				var err error
				if v, err = pgtypes.Parse(s.typ, s.texts[k], pgtypes.DefaultStyle()); err != nil {
					t.Fatal(err)
				}
			}
			if err := pgtypes.AppendToBuilder(b, s.typ, v); err != nil {
				t.Fatal(err)
			}
		}
		columns[i] = b.NewArray()
		b.Release()
	}
	rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, 5)
	for _, c := range columns {
		c.Release()
	}
	return rec, out
}

// rows cuts messages into values; nil is NULL.
func rows(t *testing.T, b []byte) [][][]byte {
	t.Helper()
	var out [][][]byte
	for len(b) > 0 {
		size := int(binary.BigEndian.Uint32(b[1:]))
		if b[0] != 'D' {
			t.Fatalf("message %q", b[0])
		}
		body := b[7 : 1+size]
		b = b[1+size:]
		var row [][]byte
		for len(body) > 0 {
			n := int32(binary.BigEndian.Uint32(body))
			body = body[4:]
			if n < 0 {
				row = append(row, nil)
				continue
			}
			row = append(row, body[:n:n])
			body = body[n:]
		}
		out = append(out, row)
	}
	return out
}

func TestAppend(t *testing.T) {
	pool := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer pool.AssertSize(t, 0)
	rec, fields := batch(t, pool)
	defer rec.Release()
	sliced := rec.NewSlice(1, 5)
	defer sliced.Release()
	for _, format := range []int16{0, 1} {
		for i := range fields {
			fields[i].Format = format
		}
		b, err := rowenc.New(fields, pgtypes.DefaultStyle()).AppendAll(nil, sliced)
		if err != nil {
			t.Fatal(err)
		}
		got := rows(t, b)
		for r, k := range []int{0, -1, 1, 2} {
			for c, s := range samples {
				checkValue(t, s.typ, got[r][c], k, s.texts, format)
			}
		}
	}
}

func checkValue(t *testing.T, typ pgtypes.Type, got []byte, k int, texts [3]string, format int16) {
	t.Helper()
	if k < 0 {
		if got != nil {
			t.Errorf("%s: %q, want NULL", pgtypes.FormatType(typ), got)
		}
		return
	}
	want := []byte(texts[k])
	if format == 1 {
		v, _ := pgtypes.Parse(typ, texts[k], pgtypes.DefaultStyle())
		want, _ = pgtypes.AppendBinary(nil, typ, v)
	}
	if got == nil || !bytes.Equal(got, want) {
		t.Errorf("%s format %d: %q, want %q", pgtypes.FormatType(typ), format, got, want)
	}
}

// TestReadByPgx has an independent client read both formats.
func TestReadByPgx(t *testing.T) {
	rec, fields := batch(t, memory.DefaultAllocator)
	defer rec.Release()
	m := pgtype.NewMap()
	var seen [2][]any
	for _, format := range []int16{0, 1} {
		for i := range fields {
			fields[i].Format = format
		}
		b, err := rowenc.New(fields, pgtypes.DefaultStyle()).AppendAll(nil, rec)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows(t, b) {
			for c, value := range row {
				typ, ok := m.TypeForOID(fields[c].Type.OID)
				if !ok || value == nil {
					continue
				}
				v, err := typ.Codec.DecodeValue(m, typ.OID, format, value)
				if err != nil {
					// pgtype reads no years before Christ and no 24:00:00 with a zone as text.
					v = nil
				}
				if n, ok := v.(pgtype.Numeric); ok && n.Int != nil && n.Int.Sign() == 0 {
					n.Exp = 0 // pgtype keeps a zero's scale from text only
					v = n
				}
				seen[format] = append(seen[format], v)
			}
		}
	}
	for i := range seen[0] {
		if seen[0][i] != nil && seen[1][i] != nil && fmt.Sprint(seen[0][i]) != fmt.Sprint(seen[1][i]) {
			t.Errorf("text reads as %v, binary as %v", seen[0][i], seen[1][i])
		}
	}
}

func TestDictionaryAndLists(t *testing.T) {
	dict := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	d := array.NewDictionaryBuilder(memory.DefaultAllocator, dict).(*array.BinaryDictionaryBuilder)
	l := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Int32)
	for i, s := range []string{"a", "b", "a"} {
		if err := d.AppendString(s); err != nil {
			t.Fatal(err)
		}
		l.Append(true)
		l.ValueBuilder().(*array.Int32Builder).Append(int32(i))
	}
	d.AppendNull()
	l.AppendNull()
	schema := arrow.NewSchema([]arrow.Field{{Name: "d", Type: dict, Nullable: true}, {Name: "l", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32), Nullable: true}}, nil)
	rec := array.NewRecordBatch(schema, []arrow.Array{d.NewArray(), l.NewArray()}, 4)
	fields := []session.Field{{Type: pgtypes.Of(pgtypes.OIDText)}, {Type: pgtypes.Of(pgtypes.OIDInt4Array)}}
	b, err := rowenc.New(fields, pgtypes.DefaultStyle()).AppendAll(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q", rows(t, b)); got != `[["a" "{0}"] ["b" "{1}"] ["a" "{2}"] ["" ""]]` {
		t.Error(got)
	}
}

// wide is the ten columns that the encoder is measured with.
func wide(b *testing.B) (arrow.RecordBatch, []session.Field) {
	types := []pgtypes.Type{
		pgtypes.Of(pgtypes.OIDInt8), pgtypes.Of(pgtypes.OIDInt8), pgtypes.Of(pgtypes.OIDInt4), pgtypes.Of(pgtypes.OIDFloat8),
		pgtypes.Of(pgtypes.OIDText), pgtypes.Of(pgtypes.OIDText), pgtypes.Of(pgtypes.OIDTimestamp),
		{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(15, 2)},
		pgtypes.Of(pgtypes.OIDBool), pgtypes.Of(pgtypes.OIDDate),
	}
	const count = 8192
	fields, out, columns := make([]arrow.Field, len(types)), make([]session.Field, len(types)), make([]arrow.Array, len(types))
	for i, t := range types {
		fields[i] = pgtypes.ArrowField("c", t)
		out[i] = session.Field{Type: t}
		builder := array.NewBuilder(memory.DefaultAllocator, fields[i].Type)
		for r := range int64(count) {
			values := map[uint32]pgtypes.Datum{
				pgtypes.OIDInt8: r * 7919, pgtypes.OIDInt4: int32(r), pgtypes.OIDFloat8: float64(r) * 1.37,
				pgtypes.OIDText: fmt.Sprint("customer#", r), pgtypes.OIDTimestamp: 1700000000000000 + r*1000003,
				pgtypes.OIDNumeric: pgtypes.NewNumeric(r*12345, 2), pgtypes.OIDBool: r%2 == 0, pgtypes.OIDDate: int32(19000 + r%1000),
			}
			v := values[t.OID]
			if i == 5 && r%10 == 0 {
				v = nil
			}
			if err := pgtypes.AppendToBuilder(builder, t, v); err != nil {
				b.Fatal(err)
			}
		}
		columns[i] = builder.NewArray()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, count), out
}

func BenchmarkAppend(b *testing.B) {
	rec, fields := wide(b)
	for format, name := range []string{"text", "binary"} {
		b.Run(name, func(b *testing.B) {
			for i := range fields {
				fields[i].Format = int16(format)
			}
			e := rowenc.New(fields, pgtypes.DefaultStyle())
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, err = e.AppendAll(buf[:0], rec); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rec.NumRows()), "ns/row")
		})
	}
}
