package batch_test

import (
	"context"
	"errors"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// source gives rows of one value of each type, and NULLs in every third row, until
// fail, which drops what is in work.
type source struct {
	types []pgtypes.Type
	texts []string
	rows  int
	fail  bool
	next  int
}

func (s *source) Fill(_ context.Context, b *batch.Builder) (bool, error) {
	for ; s.next < s.rows; s.next++ {
		for i, t := range s.types {
			if s.next%3 == 0 {
				b.Columns[i].Null()
				continue
			}
			v, err := pgtypes.Parse(t, s.texts[i], pgtypes.DefaultStyle())
			if err != nil {
				return false, err
			}
			if err := b.Columns[i].Datum(t, v); err != nil {
				return false, err
			}
		}
		if !b.EndRow() {
			s.next++
			return true, nil
		}
	}
	if s.fail {
		b.Columns[0].Null()
		return false, errors.New("half a row")
	}
	return false, nil
}

func (*source) Close() {}

func TestReader(t *testing.T) {
	var types []pgtypes.Type
	var texts []string
	var fields []arrow.Field
	add := func(typ pgtypes.Type, text string) {
		types, texts = append(types, typ), append(texts, text)
		fields = append(fields, pgtypes.ArrowField("c", typ))
	}
	add(pgtypes.Of(pgtypes.OIDBool), "t")
	add(pgtypes.Of(pgtypes.OIDInt2), "-2")
	add(pgtypes.Of(pgtypes.OIDInt4), "4")
	add(pgtypes.Of(pgtypes.OIDInt8), "-8")
	add(pgtypes.Of(pgtypes.OIDOid), "4294967295")
	add(pgtypes.Of(pgtypes.OIDFloat4), "0.1")
	add(pgtypes.Of(pgtypes.OIDFloat8), "NaN")
	add(pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(38, 2)}, "-123456789012345678901234567890123456.78")
	add(pgtypes.Of(pgtypes.OIDNumeric), "1.2300")
	add(pgtypes.Of(pgtypes.OIDText), "a longer text, so that the arena grows")
	add(pgtypes.Of(pgtypes.OIDBytea), `\x00ff`)
	add(pgtypes.Of(pgtypes.OIDDate), "-infinity")
	add(pgtypes.Of(pgtypes.OIDTimetz), "12:00:00+02")
	add(pgtypes.Of(pgtypes.OIDInterval), "1 mon -2 days +00:00:03")
	add(pgtypes.Of(pgtypes.OIDUUID), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
	add(pgtypes.Of(pgtypes.OIDInt4Array), "{1,NULL}")
	schema := arrow.NewSchema(fields, nil)
	for _, fail := range []bool{false, true} {
		r := batch.NewReader(t.Context(), schema, arrowtest.Allocator(t), 1000, &source{types: types, texts: texts, rows: 5000, fail: fail})
		var kept []arrow.RecordBatch
		for r.Next() {
			r.RecordBatch().Retain()
			kept = append(kept, r.RecordBatch())
		}
		if (r.Err() != nil) != fail {
			t.Error(r.Err())
		}
		r.Release()
		row := 0
		for _, record := range kept {
			if err := arrowtest.CheckBatch(schema, record); err != nil {
				t.Fatal(err)
			}
			for i := range int(record.NumRows()) {
				checkRow(t, record, i, row, types, texts)
				row++
			}
			record.Release()
		}
		if row > 5000 || !fail && row != 5000 {
			t.Errorf("%d rows", row)
		}
	}
}

func checkRow(t *testing.T, record arrow.RecordBatch, i, row int, types []pgtypes.Type, texts []string) {
	t.Helper()
	for c, typ := range types {
		v, err := batch.Value(typ, record.Column(c), i)
		if err != nil {
			t.Fatal(err)
		}
		if (v == nil) != (row%3 == 0) {
			t.Fatalf("row %d, column %d: NULL is %v", row, c, v == nil)
		}
		if v != nil && pgtypes.Text(typ, v, pgtypes.DefaultStyle()) != texts[c] {
			t.Fatalf("row %d: %q, want %q", row, pgtypes.Text(typ, v, pgtypes.DefaultStyle()), texts[c])
		}
	}
}
