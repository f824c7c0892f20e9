package vector_test

import (
	"testing"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestArrowRoundTrip carries values of every form, with NULLs, to Arrow and back.
func TestArrowRoundTrip(t *testing.T) {
	number := func(s string) pgtypes.Numeric {
		n, err := pgtypes.ParseNumeric(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		typ    pgtypes.Type
		values []pgtypes.Datum
	}{
		{pgtypes.Of(pgtypes.OIDBool), []pgtypes.Datum{true, nil, false}},
		{pgtypes.Of(pgtypes.OIDInt2), []pgtypes.Datum{int32(-3), nil, int32(7)}},
		{pgtypes.Of(pgtypes.OIDInt4), []pgtypes.Datum{int32(-3), nil, int32(7)}},
		{pgtypes.Of(pgtypes.OIDInt8), []pgtypes.Datum{int64(-3), nil, int64(1 << 40)}},
		{pgtypes.Of(pgtypes.OIDOid), []pgtypes.Datum{int64(4294967295), nil}},
		{pgtypes.Of(pgtypes.OIDFloat4), []pgtypes.Datum{1.5, nil}},
		{pgtypes.Of(pgtypes.OIDText), []pgtypes.Datum{"", nil, "ünï"}},
		{pgtypes.Of(pgtypes.OIDTimestamptz), []pgtypes.Datum{int64(5), nil}},
		{pgtypes.Of(pgtypes.OIDInterval), []pgtypes.Datum{pgtypes.Interval{Months: 1, Days: -2, Micros: 3}, nil}},
		{pgtypes.Of(pgtypes.OIDTimetz), []pgtypes.Datum{pgtypes.TimeTZ{Micros: 5, ZoneWest: -3600}, nil}},
		{pgtypes.Of(pgtypes.OIDUUID), []pgtypes.Datum{[16]byte{1, 2}, nil}},
		{pgtypes.Of(pgtypes.OIDNumeric), []pgtypes.Datum{number("1.5"), nil, number("2.25"), number("NaN")}},
		{pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}, []pgtypes.Datum{number("1.50"), nil, number("-22.25")}},
		{pgtypes.Of(pgtypes.OIDInt4Array), []pgtypes.Datum{pgtypes.NewArray(pgtypes.OIDInt4, []pgtypes.Datum{int32(1), nil}), nil}},
	} {
		v := vector.New(c.typ)
		for _, d := range c.values {
			vector.AppendDatum(v, d)
		}
		arr, err := vector.ToArrow(v, v.Type, nil, len(c.values))
		if err != nil {
			t.Fatal(err)
		}
		back := vector.New(c.typ)
		if err := vector.FromArrow(back, arr, c.typ, 0, len(c.values)); err != nil {
			t.Fatal(err)
		}
		for i, d := range c.values {
			got, want := vector.Get(back, i), d
			if got == nil || want == nil {
				if got != want {
					t.Errorf("type %d: row %d is %v, want %v", c.typ.OID, i, got, want)
				}
			} else if pgtypes.Text(c.typ, got, pgtypes.DefaultStyle()) != pgtypes.Text(c.typ, want, pgtypes.DefaultStyle()) {
				t.Errorf("type %d: row %d is %v, want %v", c.typ.OID, i, got, want)
			}
		}
		arr.Release()
	}
}
