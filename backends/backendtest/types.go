package backendtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// testTypes describes and reads a table with a column of every type.
func (h Harness) testTypes(t *testing.T) {
	b := h.fresh(t)
	name := h.load(t, b, "suite_types", h.Types)
	table, err := b.Describe(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if n := shown(t, table); n != len(h.Types) {
		t.Fatalf("%d columns of %d", n, len(h.Types))
	}
	names, err := b.Tables(t.Context(), name.Schema)
	if err != nil || !strings.Contains(fmt.Sprint(names), name.Name) {
		t.Errorf("the tables of %q are %v, %v", name.Schema, names, err)
	}
	columns := make([]int, len(h.Types))
	for i, c := range h.Types {
		columns[i] = i
		if table.Columns[i].Type != c.Type {
			t.Errorf("%s is %s, want %s", c.Declared, pgtypes.FormatType(table.Columns[i].Type), pgtypes.FormatType(c.Type))
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	rows := mustRead(t, b, h.all(table, columns...))
	h.compare(t, rows, columns)
	h.projections(t, b, table, rows)
}

// shown counts the columns that are not hidden; those come first.
func shown(t testing.TB, table *backends.Table) int {
	n := 0
	for i := range table.Columns {
		switch {
		case table.Columns[i].Hidden:
		case i != n:
			t.Errorf("column %q stands behind a hidden one", table.Columns[i].Name)
		default:
			n++
		}
	}
	return n
}

func (h Harness) compare(t *testing.T, rows [][]cell, columns []int) {
	for r, row := range rows {
		for i, c := range columns {
			want := valueAt(h.Types[c], r)
			if row[i].null != want.Null || row[i].text != want.Text {
				t.Errorf("%s, row %d, literal %s: got %q (NULL %v), want %q", h.Types[c].Declared, r, want.Literal, row[i].text, row[i].null, want.Text)
			}
		}
	}
}

// projections reads one column, and all in reverse.
func (h Harness) projections(t *testing.T, b backends.Backend, table *backends.Table, rows [][]cell) {
	last := len(h.Types) - 1
	one := mustRead(t, b, h.all(table, last))
	if len(one) != len(rows) {
		t.Fatalf("%d rows of one column, %d of all", len(one), len(rows))
	}
	h.compare(t, one, []int{last})
	reversed := make([]int, len(h.Types))
	for i := range reversed {
		reversed[i] = last - i
	}
	h.compare(t, mustRead(t, b, h.all(table, reversed...)), reversed)
}

// testLossy reads the values that must be errors, not other values.
func (h Harness) testLossy(t *testing.T) {
	if len(h.Lossy) == 0 {
		return
	}
	b := h.fresh(t)
	for i, c := range h.Lossy {
		name := h.load(t, b, fmt.Sprintf("suite_lossy%d", i), []TypeCase{{Declared: c.Declared, Values: []Value{{Literal: c.Literal}}}})
		table, err := b.Describe(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := read(t, b, h.all(table, 0))
		e := pgerr.From(err)
		switch {
		case e == nil:
			t.Errorf("%s %s was read as %v", c.Declared, c.Literal, texts(rows))
		case e.Code != c.Code || !strings.Contains(e.Message+" "+e.Detail, c.In) || e.Column != columnName(0):
			t.Errorf("%s %s: %v, detail %q, column %q; want %s and %q", c.Declared, c.Literal, e, e.Detail, e.Column, c.Code, c.In)
		}
	}
}

func (h Harness) testMissing(t *testing.T) {
	b := h.fresh(t)
	_, err := b.Describe(t.Context(), backends.TableName{Schema: h.Schema, Name: "suite_no_such_table"})
	if pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("a missing table is %v", err)
	}
}
