package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// decoded are the types that columns are read as.
var decoded = []pgtypes.Type{
	pgtypes.Of(pgtypes.OIDBool), pgtypes.Of(pgtypes.OIDInt2), pgtypes.Of(pgtypes.OIDInt4), pgtypes.Of(pgtypes.OIDInt8),
	pgtypes.Of(pgtypes.OIDFloat4), pgtypes.Of(pgtypes.OIDFloat8), pgtypes.Of(pgtypes.OIDNumeric),
	{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(10, 2)},
	{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(65, 30)},
	pgtypes.Of(pgtypes.OIDText),
	{OID: pgtypes.OIDBpchar, Typmod: 9},
	pgtypes.Of(pgtypes.OIDBytea),
	{OID: pgtypes.OIDBit, Typmod: 7},
	{OID: pgtypes.OIDVarbit, Typmod: 64},
	pgtypes.Of(pgtypes.OIDDate), pgtypes.Of(pgtypes.OIDTimestamp), pgtypes.Of(pgtypes.OIDTimestamptz),
	pgtypes.Of(pgtypes.OIDInterval), pgtypes.Of(pgtypes.OIDUUID), pgtypes.Of(pgtypes.OIDTime), pgtypes.Of(pgtypes.OIDJSON),
}

// FuzzValue gives every decoder what a broken server might send: a value, or an error
// that says what is wrong with it.
func FuzzValue(f *testing.F) {
	for i, text := range []string{
		"1", "-32769", "2147483648", "9223372036854775807", "1e400", "nan", "12345678.90", "-0.000000000000000000000000000001", "ä", "\xff",
		"\x01\x02", "", "2024-02-29", "0000-00-00 00:00:00", "2024-02-29 23:59:59.123456", "-838:59:59.000001", "{\"a\": 1}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	} {
		f.Add(i, uint8(0), []byte(text), int64(i))
	}
	f.Fuzz(func(t *testing.T, which int, kind uint8, text []byte, number int64) {
		typ := decoded[uint(which)%uint(len(decoded))]
		value := []sqldriver.Value{text, number, math.Float64frombits(uint64(number)), math.Float32frombits(uint32(number))}[kind%4]
		checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer checked.AssertSize(t, 0)
		source := &oneValue{decode: decoderOf(typ), value: value}
		reader := batch.NewReader(t.Context(), backends.SchemaOf([]backends.Column{{Name: "a", Type: typ}}), checked, 0, source)
		defer reader.Release()
		for reader.Next() {
			_ = reader.RecordBatch().Column(0).String()
		}
		if err := reader.Err(); err != nil && pgerr.Code(err) == pgerr.InternalError {
			t.Errorf("%s of %v: %v", pgtypes.FormatType(typ), value, err)
		}
	})
}

// oneValue is a batch.Source of one row.
type oneValue struct {
	decode decoder
	value  sqldriver.Value
}

func (o *oneValue) Fill(_ context.Context, b *batch.Builder) (bool, error) {
	if err := o.decode(&b.Columns[0], o.value); err != nil {
		return false, err
	}
	b.EndRow()
	return false, nil
}

func (*oneValue) Close() {}
