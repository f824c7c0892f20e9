package pgtypes_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestFormatTypeAgainstPostgres asks the server for names with and without modifiers.
func TestFormatTypeAgainstPostgres(t *testing.T) {
	conn := connect(t)
	// Not every number is an interval's modifier.
	rows, err := conn.Query(context.Background(), `
select oid, m, format_type(oid, m) from pg_type, unnest(array[-1, 4, 14, 262150, 458755, 2147418115, 327679]) m
where typnamespace = 11 and typtype in ('b', 'p') and typelem = 0 and (m = -1 or typmodin <> 0 and (oid <> 1186 or m > 100000000))
  and typname not like 'pg\_brin%'`)
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		oid    uint32
		typmod int32
		name   string
	}
	lines, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (l line, err error) {
		return l, r.Scan(&l.oid, &l.typmod, &l.name)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		typ := with(l.oid, l.typmod)
		if got := pgtypes.FormatType(typ); got != l.name {
			t.Errorf("format_type(%d, %d) is %q, want %q", l.oid, l.typmod, got, l.name)
		}
	}
}
