package declared

import (
	"testing"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestType reads types and holds them to their spelling by format_type.
func TestType(t *testing.T) {
	for text, want := range map[string]string{
		"int": "integer", "BIGINT": "bigint", "numeric(12, 2)": "numeric(12,2)", "numeric(5)": "numeric(5,0)", "varchar(3)": "character varying(3)",
		"timestamp(3) with time zone": "timestamp(3) with time zone", "timestamptz(3)": "timestamp(3) with time zone", "time (0) without time zone": "time(0) without time zone",
		"double precision": "double precision", "text[]": "text[]", "numeric(4,1)[]": "numeric(4,1)[]",
		"money": "", "text(3)": "", "numeric(x)": "", "numeric(3": "", "timestamp(7)": "", "int[][]": "", "varchar(0)": "",
	} {
		got := ""
		if typ, err := TypeOrArray(text); err == nil {
			got = pgtypes.FormatType(typ)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
