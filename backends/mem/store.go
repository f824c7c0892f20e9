package mem

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// mainSchema is where tables go that name none.
const mainSchema = "main"

// Row is one row, parallel to the table's columns.
type Row []pgtypes.Datum

// table is immutable: a write makes a new one, so a reader keeps what it began with.
type table struct {
	backends.Table
	rows []Row
}

// tables are one state of the store, immutable too once published.
type tables map[backends.TableName]*table

// build makes a table of a config.
func build(cfg TableConfig) (backends.Table, []Row, error) {
	t := backends.Table{Name: backends.TableName{Schema: cfg.Schema, Name: cfg.Name}, Kind: translate.OrdinaryTable}
	if t.Name.Schema == "" {
		t.Name.Schema = mainSchema
	}
	for _, column := range cfg.Columns {
		typ, err := typeNamed(column.Type)
		if err != nil {
			return t, nil, fmt.Errorf("column %q: %w", column.Name, err)
		}
		t.Columns = append(t.Columns, translate.TableColumn{Name: column.Name, Type: typ, NotNull: column.NotNull, Collation: collationOf(typ)})
	}
	if len(cfg.Key) > 0 {
		key := make([]int, len(cfg.Key))
		for i, name := range cfg.Key {
			if key[i] = slices.IndexFunc(t.Columns, func(c translate.TableColumn) bool { return c.Name == name }); key[i] < 0 {
				return t, nil, fmt.Errorf("key column %q is no column", name)
			}
		}
		t.Keys, t.PrimaryKey = [][]int{key}, true
	}
	rows := make([]Row, len(cfg.Rows))
	for i, texts := range cfg.Rows {
		row, err := parseRow(t.Columns, texts)
		if err != nil {
			return t, nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		rows[i] = row
	}
	return t, rows, nil
}

func collationOf(t pgtypes.Type) uint32 {
	if t.OID == pgtypes.OIDText || t.OID == pgtypes.OIDVarchar || t.OID == pgtypes.OIDBpchar {
		return pgtypes.CollationDefault
	}
	return pgtypes.CollationNone
}

func parseRow(columns []translate.TableColumn, texts []*string) (Row, error) {
	if len(texts) != len(columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(texts), len(columns))
	}
	row := make(Row, len(columns))
	for i, text := range texts {
		if text == nil {
			continue
		}
		v, err := pgtypes.Parse(columns[i].Type, *text, pgtypes.DefaultStyle())
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", columns[i].Name, err)
		}
		row[i] = v
	}
	return row, nil
}

// find gives a table of the state.
func (ts tables) find(name backends.TableName) (*table, error) {
	if name.Schema == "" {
		name.Schema = mainSchema
	}
	t, ok := ts[name]
	if !ok {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s.%s\" does not exist", name.Schema, name.Name)
	}
	return t, nil
}

// with is the state with one table replaced.
func (ts tables) with(t *table) tables {
	next := maps.Clone(ts)
	if next == nil {
		next = tables{}
	}
	next[t.Name] = t
	return next
}

// without is the state with one table less.
func (ts tables) without(name backends.TableName) tables {
	next := maps.Clone(ts)
	delete(next, name)
	return next
}

// newTable makes a table with rows, after their constraints are checked.
func newTable(t backends.Table, rows []Row) (*table, error) {
	if t.Kind == 0 {
		t.Kind = translate.OrdinaryTable
	}
	t.Bytes = -1
	return (&table{Table: t}).replaced(rows)
}

// replaced is the table with other rows, after their constraints are checked.
func (t *table) replaced(rows []Row) (*table, error) {
	if err := t.check(rows); err != nil {
		return nil, err
	}
	next := *t
	next.rows, next.Rows = rows, float64(len(rows))
	return &next, nil
}

func (t *table) check(rows []Row) error {
	for _, row := range rows {
		for i := range t.Columns {
			if c := &t.Columns[i]; c.NotNull && row[i] == nil {
				e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", c.Name, t.Name.Name)
				e.Table, e.Column = t.Name.Name, c.Name
				return e
			}
		}
	}
	for i, key := range t.Keys {
		seen := map[string]bool{}
		for _, row := range rows {
			k, ok := t.keyOf(row, key)
			if ok && seen[k] {
				name := t.keyName(i)
				e := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", name)
				e.Table, e.Constraint = t.Name.Name, name
				return e
			}
			seen[k] = ok
		}
	}
	return nil
}

// keyName is the name that Postgres would choose for a key's constraint.
func (t *table) keyName(i int) string {
	if i == 0 && t.PrimaryKey {
		return t.Name.Name + "_pkey"
	}
	name := t.Name.Name
	for _, column := range t.Keys[i] {
		name += "_" + t.Columns[column].Name
	}
	return name + "_key"
}

// keyOf is a text that is equal for equal keys; ok is false when a part is NULL.
func (t *table) keyOf(row Row, key []int) (text string, ok bool) {
	var b []byte
	for _, i := range key {
		if row[i] == nil {
			return "", false
		}
		v := row[i]
		if n, isNumeric := v.(pgtypes.Numeric); isNumeric {
			v = n.TrimScale()
		}
		b = pgtypes.AppendText(b, t.Columns[i].Type, v, pgtypes.DefaultStyle())
		b = append(b, 0)
	}
	return string(b), true
}
