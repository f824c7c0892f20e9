package sqlite_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/sqlite"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// FuzzValue stores any value, by any of SQLite's classes, under any declared type and
// reads it: a value of the type, or an error that says what is wrong.
func FuzzValue(f *testing.F) {
	for i, text := range []string{
		"1", "abc", "9223372036854775808", "1e400", "12345678.905", "ä", "\xff", "", "2024-02-29", "2024-02-29T23:59:59.999999999Z", "24:00:00",
		"1 day 02:00:00", "{\"a\": 1}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "\x00",
	} {
		f.Add(i, uint8(0), []byte(text), int64(i), 1.5)
	}
	declared := []string{
		"BIGINT", "INTEGER", "SMALLINT", "BOOLEAN", "REAL", "FLOAT", "DECIMAL(10,2)", "NUMERIC", "VARCHAR(5)", "TEXT", "BLOB", "DATE", "DATETIME",
		"TIMESTAMPTZ", "TIME", "INTERVAL", "UUID", "JSON", "UNSIGNED BIG INT", "",
	}
	f.Fuzz(func(t *testing.T, which int, class uint8, text []byte, whole int64, real float64) {
		checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer checked.AssertSize(t, 0)
		b := sqlite.Open(config(":memory:"), backends.Env{Allocator: checked})
		defer b.Close()
		execute(t, b, "CREATE TABLE v (x "+declared[uint(which)%uint(len(declared))]+")")
		arg := []backends.Arg{
			{Type: pgtypes.Of(pgtypes.OIDText), Value: strings.ToValidUTF8(string(text), "?")},
			{Type: pgtypes.Of(pgtypes.OIDBytea), Value: text},
			{Type: pgtypes.Of(pgtypes.OIDInt8), Value: whole},
			{Type: pgtypes.Of(pgtypes.OIDFloat8), Value: real},
		}[class%4]
		insert := "INSERT INTO v VALUES (?1)"
		if class&4 != 0 {
			insert = "INSERT INTO v VALUES (CAST(?1 AS TEXT))" // text that need not be UTF-8
		}
		if _, err := b.Execute(t.Context(), backends.QueryFragment{SQL: insert, Args: []backends.Arg{arg}}); err != nil {
			return
		}
		d, err := b.Describe(t.Context(), backends.TableName{Schema: "main", Name: "v"})
		if err != nil {
			t.Fatal(err)
		}
		column := d.Columns[0]
		reader, err := b.Read(t.Context(), backends.Fragment{
			Query:  &backends.QueryFragment{SQL: "SELECT x FROM v"},
			Output: []backends.Column{{Name: column.Name, Type: column.Type}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Release()
		for reader.Next() {
			_ = reader.RecordBatch().Column(0).String()
		}
		if err := reader.Err(); err != nil && pgerr.Code(err) == pgerr.InternalError {
			t.Errorf("%s: %v", pgtypes.FormatType(column.Type), err)
		}
	})
}
