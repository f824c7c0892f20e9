package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver to compare with

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/sqlite"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// BenchmarkRead reads a table through the backend and through database/sql.
func BenchmarkRead(b *testing.B) {
	file := filepath.Join(b.TempDir(), "bench.db")
	backend := sqlite.Open(config(file), backends.Env{})
	defer func() { _ = backend.Close() }()
	for _, statement := range []string{
		"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, amount DECIMAL(10,2), day DATE, price REAL)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO t SELECT i, 'name of ' || i, i / 100.0, '2024-01-' || printf('%02d', i % 28 + 1), i * 0.5 FROM n",
	} {
		if _, err := backend.Execute(b.Context(), backends.QueryFragment{SQL: statement}); err != nil {
			b.Fatal(err)
		}
	}
	const query = "SELECT id, name, amount, day, price FROM t"
	b.Run("backend", func(b *testing.B) {
		f := backends.Fragment{Query: &backends.QueryFragment{SQL: query}, Output: []backends.Column{
			{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)},
			{Name: "name", Type: pgtypes.Of(pgtypes.OIDText)},
			{Name: "amount", Type: numeric(10, 2)},
			{Name: "day", Type: pgtypes.Of(pgtypes.OIDDate)},
			{Name: "price", Type: pgtypes.Of(pgtypes.OIDFloat8)},
		}}
		for b.Loop() {
			r, err := backend.Read(b.Context(), f)
			if err != nil {
				b.Fatal(err)
			}
			for r.Next() {
			}
			if r.Err() != nil {
				b.Fatal(r.Err())
			}
			r.Release()
		}
	})
	b.Run("driver", func(b *testing.B) {
		db, err := sql.Open("sqlite", file)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		for b.Loop() {
			rows, err := db.QueryContext(b.Context(), query)
			if err != nil {
				b.Fatal(err)
			}
			var id int64
			var name, day string
			var amount, price float64
			for rows.Next() {
				if err := rows.Scan(&id, &name, &amount, &day, &price); err != nil {
					b.Fatal(err)
				}
			}
			_ = rows.Close()
		}
	})
}
