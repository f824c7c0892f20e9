package sqlite_test

import (
	"database/sql"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/sqlite"
	"github.com/sqlgateway/gateway/translate/translatetest"
)

func target() *translatetest.Target {
	return &translatetest.Target{
		Dialect: sqlite.New(translate.Version{Major: 3, Minor: 50}),
		Types: map[string]string{
			"int2": "INTEGER", "int4": "INTEGER", "int8": "INTEGER", "bool": "INTEGER", "float8": "REAL", "numeric(10,4)": "NUMERIC",
			"numeric(8,2)": "NUMERIC", "text": "TEXT", "date": "TEXT", "timestamp": "TEXT",
		},
		Facts: func(string) *translate.ColumnFacts { return &translate.ColumnFacts{Verified: true} },
	}
}

func TestSQLite(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	s := target()
	s.DB = db
	translatetest.Run(t, s)
}

func TestGoldens(t *testing.T) {
	translatetest.Goldens(t, target(), "testdata/rendered")
}

func TestClaims(t *testing.T) {
	translatetest.Claims(t, target())
}
