package postgres

import (
	"context"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// FuzzSmallNumeric compares the quick reader of numerics with the exact one.
func FuzzSmallNumeric(f *testing.F) {
	for _, text := range []string{"0", "1.10", "-9999999999.99", "120000", "0.0001", "100000000.5", "99999999999999.9999", "1e15"} {
		n, err := pgtypes.ParseNumeric(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(n.AppendBinary(nil), 2)
		f.Add(n.AppendBinary(nil), 10)
	}
	f.Fuzz(func(t *testing.T, b []byte, scale int) {
		if scale < 0 || scale > 18 {
			return
		}
		got, ok := smallNumeric(b, scale, powers[18])
		n, err := pgtypes.NumericFromBinary(b)
		if !ok || err != nil {
			return
		}
		if want := pgtypes.NewNumeric(got, scale); want.Cmp(n) != 0 {
			t.Errorf("%x at scale %d is %d, and %s", b, scale, got, n)
		}
	})
}

// FuzzMessages feeds what a broken server might send to every reader of a body.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("SERROR\x00C42P01\x00Mno\x00P15\x00\x00"))
	f.Add([]byte("\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00"))
	f.Add([]byte("\x00\x02\x00\x00\x00\x04\x00\x00\x00\x01\xff\xff\xff\xff"))
	output := []backends.Column{{Name: "a", Type: pgtypes.Of(pgtypes.OIDInt4)}, {Name: "b", Type: pgtypes.Of(pgtypes.OIDNumeric)}}
	f.Fuzz(func(t *testing.T, body []byte) {
		readError(body)
		readParameterTypes(body)
		_, _ = readFields(body)
		_, _ = readCells(body)
		r := &rows{output: output, decode: []decoder{decoderOf(output[0].Type, pgtypes.OIDInt4), decoderOf(output[1].Type, pgtypes.OIDNumeric)}}
		reader := batch.NewReader(t.Context(), backends.SchemaOf(output), backends.Env{}.WithDefaults().Allocator, 0, &oneRow{r, body})
		reader.Next()
		reader.Release()
	})
}

// oneRow is a batch.Source of one DataRow's body.
type oneRow struct {
	r    *rows
	body []byte
}

func (o *oneRow) Fill(_ context.Context, b *batch.Builder) (bool, error) {
	if err := o.r.row(b, o.body); err != nil {
		return false, err
	}
	b.EndRow()
	return false, nil
}

func (*oneRow) Close() {}
