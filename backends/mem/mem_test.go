package mem_test

import (
	"strconv"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/backends/mem"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func text(s string) *string { return &s }

var types = []backendtest.TypeCase{
	backendtest.Column("bigint", pgtypes.Of(pgtypes.OIDInt8), backendtest.As("", "9223372036854775807"), backendtest.As("", "0")),
	backendtest.Column("smallint", pgtypes.Of(pgtypes.OIDInt2), backendtest.As("", "-32768"), backendtest.Null),
	backendtest.Column("boolean", pgtypes.Of(pgtypes.OIDBool), backendtest.As("", "t"), backendtest.As("", "f")),
	backendtest.Column("real", pgtypes.Of(pgtypes.OIDFloat4), backendtest.As("", "NaN"), backendtest.As("", "0.1")),
	backendtest.Column("numeric(12,2)", pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}, backendtest.As("", "1.10")),
	backendtest.Column("numeric", pgtypes.Of(pgtypes.OIDNumeric), backendtest.As("", "1.100"), backendtest.As("", "NaN")),
	backendtest.Column("character varying(3)", pgtypes.Type{OID: pgtypes.OIDVarchar, Typmod: 7}, backendtest.As("", "äöü"), backendtest.As("", "")),
	backendtest.Column("bytea", pgtypes.Of(pgtypes.OIDBytea), backendtest.As("", `\x00ff`), backendtest.As("", `\x`)),
	backendtest.Column("date", pgtypes.Of(pgtypes.OIDDate), backendtest.As("", "infinity"), backendtest.As("", "2024-02-29")),
	backendtest.Column("timestamp with time zone", pgtypes.Of(pgtypes.OIDTimestamptz), backendtest.As("", "2024-02-29 12:00:00.5+00")),
	backendtest.Column("time with time zone", pgtypes.Of(pgtypes.OIDTimetz), backendtest.As("", "12:00:00+02")),
	backendtest.Column("interval", pgtypes.Of(pgtypes.OIDInterval), backendtest.As("", "1 mon -1 days +00:00:01")),
	backendtest.Column("uuid", pgtypes.Of(pgtypes.OIDUUID), backendtest.As("", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
	backendtest.Column("jsonb", pgtypes.Of(pgtypes.OIDJSONB), backendtest.As("", `{"a": 1}`)),
	backendtest.Column("integer[]", pgtypes.Of(pgtypes.OIDInt4Array), backendtest.As("", "{1,NULL}"), backendtest.As("", "{}")),
}

func load(t testing.TB, b backends.Backend, name string, cases []backendtest.TypeCase) backends.TableName {
	table := backends.Table{Name: backends.TableName{Schema: "main", Name: name}, Kind: translate.OrdinaryTable}
	rows := 0
	for i, c := range cases {
		table.Columns = append(table.Columns, translate.TableColumn{Name: "c" + strconv.Itoa(i), Type: c.Type})
		rows = max(rows, len(c.Values))
	}
	data := make([]mem.Row, rows)
	for r := range data {
		data[r] = make(mem.Row, len(cases))
		for i, c := range cases {
			if r >= len(c.Values) || c.Values[r].Null {
				continue
			}
			v, err := pgtypes.Parse(c.Type, c.Values[r].Text, pgtypes.DefaultStyle())
			if err != nil {
				t.Fatal(err)
			}
			data[r][i] = v
		}
	}
	if err := b.(*mem.Backend).AddTable(table, data); err != nil {
		t.Fatal(err)
	}
	return table.Name
}

func numbers(t testing.TB, b backends.Backend, n int) backends.Fragment {
	table := backends.Table{Name: backends.TableName{Schema: "main", Name: "numbers"}, Columns: []translate.TableColumn{
		{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)},
	}}
	rows := make([]mem.Row, n)
	for i := range rows {
		rows[i] = mem.Row{int64(i + 1), "row " + strconv.Itoa(i+1)}
	}
	if err := b.(*mem.Backend).AddTable(table, rows); err != nil {
		t.Fatal(err)
	}
	return backends.Fragment{
		Scan:   &backends.ScanFragment{Table: table.Name, Columns: []int{0, 1}, Limit: -1},
		Output: []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}},
	}
}

func TestConformance(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		Kinds: []backends.KindSpec{mem.Spec()}, Schema: "main", Types: types, Load: load, Numbers: numbers,
		Config: func(testing.TB) backends.Config {
			return &mem.Config{Tables: []mem.TableConfig{{
				Schema: "s", Name: "t", Columns: []mem.ColumnConfig{{Name: "a", Type: "numeric(5,1)", NotNull: true}, {Name: "b", Type: "text"}},
				Key: []string{"a"}, Rows: [][]*string{{text("1.5"), nil}, {text("2"), text("x")}},
			}}}
		},
	})
}

func TestConfigFaults(t *testing.T) {
	_, err := backends.ParseConfig([]byte(`{"kind":"mem","tables":[{"name":"t","columns":[{"name":"a","type":"integer"}],"rows":[["x"]]},
		{"name":"u","columns":[{"name":"a","type":"nope"}]},{"name":"v","columns":[],"key":["a"]}]}`), []backends.KindSpec{mem.Spec()})
	const want = `tables[0]: row 1: column "a": invalid input syntax for type integer: "x" (SQLSTATE 22P02); ` +
		`tables[1]: column "a": unknown type "nope"; tables[2]: key column "a" is no column`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
