package pgtypes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestDatumFromArrow reads forms that are not canonical, as sources deliver them.
func TestDatumFromArrow(t *testing.T) {
	nano := &arrow.TimestampType{Unit: arrow.Nanosecond}
	second := &arrow.TimestampType{Unit: arrow.Second, TimeZone: "Europe/Berlin"}
	for _, c := range []struct {
		from arrow.DataType
		json string
		to   pgtypes.Type
		want string
	}{
		{arrow.PrimitiveTypes.Int8, `[-5]`, pgtypes.Of(pgtypes.OIDInt2), "-5"},
		{arrow.PrimitiveTypes.Int64, `[40000]`, pgtypes.Of(pgtypes.OIDInt2), "22003 smallint out of range"},
		{arrow.PrimitiveTypes.Uint64, `[18446744073709551615]`, with(pgtypes.OIDNumeric, pgtypes.MakeNumericTypmod(20, 0)), "18446744073709551615"},
		{arrow.PrimitiveTypes.Int64, `[1]`, pgtypes.Of(pgtypes.OIDBool), "t"},
		{arrow.PrimitiveTypes.Int64, `[5]`, pgtypes.Of(pgtypes.OIDBool), "22P02 invalid input syntax for type boolean: \"5\""},
		{arrow.PrimitiveTypes.Float64, `[0.1]`, pgtypes.Of(pgtypes.OIDNumeric), "0.1"},
		{arrow.PrimitiveTypes.Float64, `[1.5]`, pgtypes.Of(pgtypes.OIDInt4), "22P02 invalid input syntax for type integer: \"1.5\""},
		{&arrow.Decimal128Type{Precision: 10, Scale: 3}, `["1.250"]`, pgtypes.Of(pgtypes.OIDNumeric), "1.250"},
		{&arrow.Decimal256Type{Precision: 60, Scale: 1}, `["123456789012345678901234567890123456789012345678.5"]`, pgtypes.Of(pgtypes.OIDNumeric), "123456789012345678901234567890123456789012345678.5"},
		{arrow.BinaryTypes.String, `["abc"]`, with(pgtypes.OIDVarchar, 6), "22001 value too long for type character varying(2)"},
		{arrow.BinaryTypes.String, `["ab"]`, with(pgtypes.OIDBpchar, 8), "ab  "},
		{arrow.BinaryTypes.String, `["a\u0000"]`, pgtypes.Of(pgtypes.OIDText), "22021 invalid byte sequence for encoding \"UTF8\": 0x00"},
		{arrow.BinaryTypes.String, `["2024-02-30"]`, pgtypes.Of(pgtypes.OIDDate), "22008 date/time field value out of range: \"2024-02-30\""},
		{nano, `["2024-01-05 10:00:00.000001"]`, pgtypes.Of(pgtypes.OIDTimestamp), "2024-01-05 10:00:00.000001"},
		{nano, `["2024-01-05 10:00:00.000000001"]`, pgtypes.Of(pgtypes.OIDTimestamp), "22008 value has nanoseconds, which this type cannot hold"},
		{second, `["2024-01-05 10:00:00Z"]`, pgtypes.Of(pgtypes.OIDTimestamptz), "2024-01-05 10:00:00+00"},
		{arrow.FixedWidthTypes.Time32ms, `["10:00:00.5"]`, pgtypes.Of(pgtypes.OIDTime), "10:00:00.5"},
		{arrow.ListOf(arrow.PrimitiveTypes.Int32), `[[1,null,3]]`, pgtypes.Of(pgtypes.OIDInt4Array), "{1,NULL,3}"},
		{arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int64)), `[[[1,2],[3,4]]]`, pgtypes.Of(pgtypes.OIDInt8Array), "{{1,2},{3,4}}"},
		{arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Int64)), `[[[1,2],[3]]]`, pgtypes.Of(pgtypes.OIDInt8Array), "2202E multidimensional arrays must have array expressions with matching dimensions"},
		{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32}, arrow.Field{Name: "b", Type: arrow.BinaryTypes.String}), `[{"a":1,"b":"x y"}]`, pgtypes.Of(pgtypes.OIDRecord), `(1,"x y")`},
	} {
		arr, _, err := array.FromJSON(memory.DefaultAllocator, c.from, strings.NewReader(c.json))
		if err != nil {
			t.Fatalf("%s: %v", c.from, err)
		}
		v, err := pgtypes.DatumFromArrow(arr, 0, c.to)
		got := fmt.Sprint(pgtypes.Text(c.to, v, pgtypes.DefaultStyle()))
		if err != nil {
			got = pgerr.From(err).Code + " " + pgerr.From(err).Message
		}
		if got != c.want {
			t.Errorf("%s %s as %s: %q, want %q", c.from, c.json, pgtypes.FormatType(c.to), got, c.want)
		}
		arr.Release()
	}
}
