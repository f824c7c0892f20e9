package translatetest

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// tableData is a table as text: what Postgres's input functions read, \N for NULL.
type tableData struct {
	name    string
	columns []columnData
	rows    [][]string
}

type columnData struct{ name, typ string }

// null stands for NULL in rows.
const null = `\N`

// grid has one column per type and role; its rows are edge values, cycled so that
// columns of one row meet in several combinations.
func grid() tableData {
	columns := []columnData{
		{"id", "int4"},
		{"i", "int4"},
		{"j", "int4"},
		{"b", "int8"},
		{"c", "int8"},
		{"k", "int2"},
		{"l", "int2"},
		{"p", "bool"},
		{"q", "bool"},
		{"n", "numeric(10,4)"},
		{"m", "numeric(8,2)"},
		{"f", "float8"},
		{"g", "float8"},
		{"s", "text"},
		{"t", "text"},
		{"d", "date"},
		{"e", "date"},
		{"ts", "timestamp"},
		{"us", "timestamp"},
	}
	values := map[string][]string{
		"i":  {"7", "-7", "7", "5", null, "2147483647", "-2147483648", "0", "1", "-1", "46341"},
		"j":  {"2", "2", "-2", "0", "3", "1", "-1", null, "46341", "-2147483648", "2147483647"},
		"b":  {"9223372036854775807", "-9223372036854775808", "9007199254740993", "5", null, "0", "-1", "3037000500", "42"},
		"c":  {"1", "-1", "2", "3", "7", "0", null, "3037000500", "-9223372036854775808"},
		"k":  {"32767", "-32768", "0", "1", null, "-1"},
		"l":  {"1", "-1", "0", null, "2", "32767", "181"},
		"p":  {"true", "true", "false", null, null},
		"q":  {"true", "false", null, "true", null, "false", "false"},
		"n":  {"2.5000", "-2.5000", "0.5000", "1.0050", "12345.6789", null, "10.0000", "0.1000", "-7.5000", "999999.9999", "0.0000"},
		"m":  {"1.00", "3.00", "7.00", "2.00", "0.00", "4.00", null, "0.20", "2.00", "999999.99"},
		"f":  {"1.5", "-1.5", "0", "1e308", "1e-300", null, "0.1", "123456789.123456789"},
		"g":  {"0.2", "1.5", "-1.5", null, "3", "1e308", "0"},
		"s":  {"abc", "ABC", "abc ", "", null, "a%b", "a_b", `a\b`, "é", "ß", "a*b", "z[x]?", "10", "b"},
		"t":  {"abc", "abc", "ABC", "a", "é", null, "abc ", "B", "9", ""},
		"d":  {"2024-02-29", "2024-12-30", "2021-01-01", "1969-12-31", "2023-01-31", null, "2000-01-02", "1900-03-01", "9999-12-31"},
		"e":  {"2024-01-01", "2024-12-30", null, "2000-02-29", "1970-01-01", "2024-02-29", "1600-01-01"},
		"ts": {"2024-02-29 13:45:59.123456", "2024-12-30 00:00:00.000000", "2021-01-01 23:59:59.999999", "1969-12-31 23:59:59.500000", "2023-01-31 12:00:00.000000", null, "2000-01-02 06:07:08.000000"},
		"us": {"2024-02-29 13:45:59", null, "2024-12-30 00:00:00", "2000-01-02 06:07:08", "2023-01-31 12:00:00"},
	}
	t := tableData{name: "grid", columns: columns}
	for r := range 40 {
		row := []string{itoa(r + 1)}
		for _, c := range columns[1:] {
			list := values[c.name]
			row = append(row, list[r%len(list)])
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func itoa(n int) string {
	return string(pgtypes.AppendText(nil, pgtypes.Of(pgtypes.OIDInt4), int32(n), pgtypes.DefaultStyle()))
}

// emp and dept are for whole statements.
func emp() tableData {
	return tableData{
		name:    "emp",
		columns: []columnData{{"id", "int4"}, {"dept", "int4"}, {"name", "text"}, {"v", "int4"}, {"pay", "numeric(8,2)"}, {"since", "date"}},
		rows: [][]string{
			{"1", "10", "a", "1", "10.50", "2020-01-01"},
			{"2", "10", "a", "2", "20.00", "2021-05-06"},
			{"3", "20", "B", null, "0.05", null},
			{"4", "20", "b", "7", null, "2020-01-01"},
			{"5", "30", "é", "5", "99999.99", "1999-12-31"},
			{"6", null, null, "4", "1.00", "2024-02-29"},
			{"7", "40", "A", "2", "20.00", "2021-05-06"},
		},
	}
}

func dept() tableData {
	return tableData{
		name:    "dept",
		columns: []columnData{{"id", "int4"}, {"title", "text"}, {"open", "bool"}},
		rows: [][]string{
			{"10", "ops", "true"}, {"20", "dev", "false"}, {"30", null, null}, {"50", "law", "true"}, {null, "none", "true"},
		},
	}
}

func tables() []tableData { return []tableData{grid(), emp(), dept()} }

// catalog serves the tables under schema x, with the facts of a target.
type catalog struct {
	tables map[string]*translate.Table
}

func newCatalog(target *Target) *catalog {
	c := &catalog{tables: map[string]*translate.Table{}}
	for i, data := range tables() {
		table := &translate.Table{
			OID: uint32(30000 + i), Schema: "x", Name: data.name, Kind: translate.OrdinaryTable, Rows: -1, Server: "target",
			Remote: translate.RemoteName{Schema: target.Schema, Name: data.name},
		}
		for j, column := range data.columns {
			typ := typeOf(column.typ)
			col := translate.TableColumn{Name: column.name, Type: typ, Collation: pgbuiltin.TypeByOID(typ.OID).Collation, NotNull: j == 0 && data.name != "dept"}
			if target.Facts != nil {
				col.Facts = target.Facts(column.typ)
			}
			table.Columns = append(table.Columns, col)
		}
		c.tables[data.name] = table
	}
	return c
}

func typeOf(name string) pgtypes.Type {
	base, modifier, _ := strings.Cut(name, "(")
	t := pgtypes.Of(pgbuiltin.TypeByName("", base).OID)
	if modifier != "" {
		precision, scale, _ := strings.Cut(strings.TrimSuffix(modifier, ")"), ",")
		t.Typmod = pgtypes.MakeNumericTypmod(atoi(precision), atoi(scale))
	}
	return t
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// Relation implements bind.Catalog.
func (c *catalog) Relation(_ context.Context, schema, name string) (*translate.Table, error) {
	if schema != "x" {
		return nil, nil
	}
	return c.tables[name], nil
}

// HasSchema implements bind.Catalog.
func (c *catalog) HasSchema(_ context.Context, schema string) bool { return schema == "x" }

// SearchPath implements bind.Catalog.
func (c *catalog) SearchPath() []string { return []string{"pg_catalog", "x"} }
