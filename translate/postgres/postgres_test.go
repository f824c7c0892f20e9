package postgres_test

import (
	"testing"

	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/postgres"
	"github.com/sqlgateway/gateway/translate/translatetest"
)

func target() *translatetest.Target {
	return &translatetest.Target{
		Dialect: postgres.New(translate.Version{Major: 15}),
		Schema:  "translatetest_postgres_source",
		Facts: func(typ string) *translate.ColumnFacts {
			facts := &translate.ColumnFacts{NativeType: typ}
			if typ == "text" {
				facts.Collation = "en_US.UTF-8"
			}
			return facts
		},
	}
}

func TestPostgres(t *testing.T) {
	p := target()
	p.DB = translatetest.Postgres(t, p.Schema)
	translatetest.Run(t, p)
}

func TestGoldens(t *testing.T) {
	translatetest.Goldens(t, target(), "testdata/rendered")
}

func TestClaims(t *testing.T) {
	translatetest.Claims(t, target())
}
