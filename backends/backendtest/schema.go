package backendtest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sqlgateway/gateway/backends"
)

// testSchema holds the descriptions of a whole schema against those of its tables one
// by one.
func (h Harness) testSchema(t *testing.T) {
	b := h.fresh(t)
	h.load(t, b, "suite_schema_a", h.Types)
	h.load(t, b, "suite_schema_b", h.Types[:1])
	names, err := b.Tables(t.Context(), h.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if lister, ok := b.(backends.SchemaLister); ok {
		h.testList(t, b, lister, names)
	}
	describer, ok := b.(backends.SchemaDescriber)
	if !ok {
		return
	}
	var found []*backends.Table
	err = describer.DescribeSchema(t.Context(), h.Schema, func(table *backends.Table) error {
		found = append(found, table)
		return nil
	})
	if err != nil || len(found) != len(names) {
		t.Fatalf("%d tables of %d, %v", len(found), len(names), err)
	}
	for i, table := range found {
		alone, err := b.Describe(t.Context(), names[i])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, table); diff != "" {
			t.Errorf("%s alone and among all (-alone +all):\n%s", names[i].Name, diff)
		}
	}
	enough := errors.New("enough")
	if err := describer.DescribeSchema(t.Context(), h.Schema, func(*backends.Table) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the visitor's error became %v", err)
	}
	err = describer.DescribeSchema(t.Context(), "suite_no_such_schema", func(*backends.Table) error { return enough })
	if err != nil {
		t.Errorf("a schema that is not there: %v", err)
	}
}

func (h Harness) testList(t *testing.T, b backends.Backend, lister backends.SchemaLister, names []backends.TableName) {
	list, err := lister.ListSchema(t.Context(), h.Schema)
	if err != nil || len(list) != len(names) {
		t.Fatalf("%d tables of %d, %v", len(list), len(names), err)
	}
	for i, listed := range list {
		table, err := b.Describe(t.Context(), names[i])
		if err != nil {
			t.Fatal(err)
		}
		if listed.Name != names[i] || listed.Kind != table.Kind || listed.Comment != "" && listed.Comment != table.Comment {
			t.Errorf("%v is listed as %v %c %q", names[i], listed.Name, listed.Kind, listed.Comment)
		}
	}
}
