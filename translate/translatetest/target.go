package translatetest

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Target is a source to run a dialect on.
type Target struct {
	Dialect *translate.Dialect
	// DB is the source, with an empty schema that the run may fill.
	DB *sql.DB
	// Schema is the remote schema of tables; "" for none.
	Schema string
	// Types spells column types, by Postgres's spelling.
	Types map[string]string
	// Facts are what a backend would know of a column of a type.
	Facts func(typ string) *translate.ColumnFacts
	// Check, if set, looks at each text before it runs.
	Check func(sql string) error
}

// load creates and fills the tables.
func load(ctx context.Context, t *testing.T, db *sql.DB, types map[string]string) {
	t.Helper()
	for _, data := range tables() {
		var defs []string
		for _, c := range data.columns {
			spelling := c.typ
			if s, ok := types[c.typ]; ok {
				spelling = s
			}
			defs = append(defs, c.name+" "+spelling)
		}
		mustExec(ctx, t, db, "DROP TABLE IF EXISTS "+data.name)
		mustExec(ctx, t, db, "CREATE TABLE "+data.name+" ("+strings.Join(defs, ", ")+")")
		for _, row := range data.rows {
			mustExec(ctx, t, db, "INSERT INTO "+data.name+" VALUES ("+rowText(data.columns, row, types)+")")
		}
	}
}

func rowText(columns []columnData, row []string, types map[string]string) string {
	cells := make([]string, len(row))
	for i, v := range row {
		switch {
		case v == null:
			cells[i] = "NULL"
		case columns[i].typ == "bool" && types != nil:
			cells[i] = map[string]string{"true": "1", "false": "0"}[v]
		case columns[i].typ == "text", columns[i].typ == "date", columns[i].typ == "timestamp":
			cells[i] = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		default:
			cells[i] = v
		}
	}
	return strings.Join(cells, ", ")
}

func mustExec(ctx context.Context, t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(ctx, text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// answer runs a query and shows each row as text.
func answer(ctx context.Context, db *sql.DB, text string, args []any, types []pgtypes.Type) ([]string, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	if len(names) != len(types) {
		return nil, fmt.Errorf("%d columns, want %d", len(names), len(types))
	}
	var out []string
	for rows.Next() {
		cells := make([]any, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		shown := make([]string, len(cells))
		for i, v := range cells {
			shown[i] = canonical(types[i], v)
		}
		out = append(out, strings.Join(shown, "|"))
	}
	return out, rows.Err()
}

// canonical shows a value as a backend would decode it into a type.
func canonical(t pgtypes.Type, v any) string {
	switch v := v.(type) {
	case nil:
		return null
	case []byte:
		return canonicalText(t, string(v))
	case string:
		return canonicalText(t, v)
	case bool:
		return strconv.FormatBool(v)[:1]
	case int64:
		return canonicalText(t, strconv.FormatInt(v, 10))
	case float64:
		if t.OID != pgtypes.OIDFloat8 && v == math.Trunc(v) {
			return fmt.Sprintf("real %g", v)
		}
		return pgtypes.Text(t, v, pgtypes.DefaultStyle())
	}
	return fmt.Sprintf("%T %v", v, v)
}

func canonicalText(t pgtypes.Type, text string) string {
	if t.OID == pgtypes.OIDBool {
		switch text {
		case "0":
			return "f"
		case "1":
			return "t"
		}
	}
	switch t.OID {
	case pgtypes.OIDText, pgtypes.OIDVarchar:
		return strconv.Quote(text)
	}
	parsed, err := pgtypes.Parse(pgtypes.Of(t.OID), text, pgtypes.DefaultStyle())
	if err != nil {
		return "unreadable " + strconv.Quote(text)
	}
	return pgtypes.Text(t, parsed, pgtypes.DefaultStyle())
}
