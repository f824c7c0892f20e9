package batch

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestText appends texts of several types, faulty ones too, which are then dropped.
func TestText(t *testing.T) {
	varchar := pgtypes.Type{OID: pgtypes.OIDVarchar, Typmod: 3 + 4}
	for _, c := range []struct {
		typ        pgtypes.Type
		text, want string
		code       string
	}{
		{pgtypes.Of(pgtypes.OIDInt8), "-42", "-42", ""},
		{pgtypes.Of(pgtypes.OIDInt8), "9223372036854775807", "9223372036854775807", ""},
		{pgtypes.Of(pgtypes.OIDInt8), "9223372036854775808", "", pgerr.NumericValueOutOfRange},
		{pgtypes.Of(pgtypes.OIDInt4), "2147483648", "", pgerr.NumericValueOutOfRange},
		{pgtypes.Of(pgtypes.OIDInt4), "1.5", "", pgerr.InvalidTextRepresentation},
		{pgtypes.Of(pgtypes.OIDFloat8), "1e3", "1000", ""},
		{pgtypes.Of(pgtypes.OIDFloat8), "0x10", "", pgerr.InvalidTextRepresentation},
		{pgtypes.Of(pgtypes.OIDFloat8), "-inf", "-Infinity", ""},
		{pgtypes.Of(pgtypes.OIDBool), "true", "t", ""},
		{pgtypes.Of(pgtypes.OIDText), "ü", "ü", ""},
		{pgtypes.Of(pgtypes.OIDText), "\xff", "", pgerr.CharacterNotInRepertoire},
		{varchar, "abc ", "abc", ""},
		{varchar, "abcd", "", pgerr.StringDataRightTruncation},
		{pgtypes.Of(pgtypes.OIDTimestamptz), "2024-05-06T07:08:09.5Z", "2024-05-06 07:08:09.5+00", ""},
		{pgtypes.Of(pgtypes.OIDTimestamptz), "2024-05-06 07:08:09+02", "2024-05-06 05:08:09+00", ""},
		{pgtypes.Of(pgtypes.OIDDate), "2024-02-30", "", pgerr.DatetimeFieldOverflow},
		{pgtypes.Of(pgtypes.OIDJSONB), `{"b":1,"a":[]}`, `{"a": [], "b": 1}`, ""},
		{pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(4, 2)}, "12.345", "12.35", ""},
		{pgtypes.Of(pgtypes.OIDInt4Array), "{1,NULL}", "{1,NULL}", ""},
	} {
		schema := arrow.NewSchema([]arrow.Field{pgtypes.ArrowField("c", c.typ)}, nil)
		b := NewBuilder(schema, memory.DefaultAllocator, 8)
		b.begin()
		column := &b.Columns[0]
		appendText := AppenderOfText(c.typ)
		column.Null()
		if err := appendText(column, []byte(c.text)); pgerr.Code(err) != c.code {
			t.Errorf("%s %q: %v", pgtypes.FormatType(c.typ), c.text, err)
			continue
		}
		if c.code != "" {
			column.Null()
		}
		column.Drop()
		if c.code == "" {
			if err := appendText(column, []byte(c.text)); err != nil {
				t.Fatal(err)
			}
		} else {
			column.Null()
		}
		b.EndRow()
		b.EndRow()
		record := b.finish()
		v, err := Value(c.typ, record.Column(0), 1)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if v != nil {
			got = pgtypes.Text(c.typ, v, pgtypes.DefaultStyle())
		}
		if got != c.want || record.Column(0).NullN() != 1+map[bool]int{true: 1}[c.code != ""] {
			t.Errorf("%s %q: %q with %d NULLs, want %q", pgtypes.FormatType(c.typ), c.text, got, record.Column(0).NullN(), c.want)
		}
		record.Release()
		b.close()
	}
}
