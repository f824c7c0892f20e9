package eval

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// optionsToTable is pg_options_to_table: name=value texts as two columns.
func optionsToTable(_ *call, args []pgtypes.Datum) (SetRows, error) {
	rows := &listRows{}
	for _, e := range args[0].(array).Elements {
		text, _ := e.(string)
		name, value, ok := strings.Cut(text, "=")
		row := []pgtypes.Datum{name, nil}
		if ok {
			row[1] = value
		}
		rows.rows = append(rows.rows, row)
	}
	return rows, nil
}

// noRows is for functions about things that no table here has, such as partitions.
func noRows(_ *call, _ []pgtypes.Datum) (SetRows, error) { return &listRows{}, nil }

// expandArray is information_schema._pg_expandarray: elements with their positions,
// counted from 1 whatever the array's lower bound.
func expandArray(_ *call, args []pgtypes.Datum) (SetRows, error) {
	rows := &listRows{}
	for i, e := range args[0].(array).Elements {
		rows.rows = append(rows.rows, []pgtypes.Datum{e, int32(i + 1)}) //nolint:gosec // an array of a catalog
	}
	return rows, nil
}

// keywordList is pg_get_keywords: the grammar's key words.
func keywordList(_ *call, _ []pgtypes.Datum) (SetRows, error) {
	rows := &listRows{}
	for _, row := range pgbuiltin.Load("pg_get_keywords").Rows {
		rows.rows = append(rows.rows, []pgtypes.Datum{row[0].Text, row[1].Text, row[2].Text == "t", row[3].Text, row[4].Text})
	}
	return rows, nil
}
