// Package backendtest is the conformance suite of backends: a kind's test is one
// call of Run. It also holds the faults to test with, a TCP proxy that cuts, stalls
// and slows.
//
// It is for tests only. What one kind alone does is tested in its own folder.
package backendtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/arrowtest"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Harness is what the suite needs to know of a kind.
type Harness struct {
	Kinds []backends.KindSpec
	// Config gives a config that works, of a database that the test may write to, with
	// no field at its default.
	Config func(t testing.TB) backends.Config
	// MayDefault names the fields that Config must leave at their defaults after all.
	MayDefault []string
	// Secret stands in the config, and may be in no print.
	Secret string
	// Untouched fails the test if opening the config alone left a trace.
	Untouched func(t testing.TB, cfg backends.Config)
	// Schema is where the suite makes tables, Quote how SQL quotes a name.
	Schema string
	Quote  func(string) string
	// Load makes a table of the cases' columns, row i holding every case's value i. nil
	// for kinds with SQL of their own: Load is then CREATE TABLE and INSERT.
	Load func(t testing.TB, b backends.Backend, name string, cases []TypeCase) backends.TableName
	// Types are the types and edge values that the source can hold.
	Types []TypeCase
	// Lossy are the values it can hold that Postgres can not.
	Lossy []LossyCase
	// Numbers is a fragment that gives i bigint = 1..n and s text = 'row i'.
	Numbers func(t testing.TB, b backends.Backend, n int) backends.Fragment
	// AppendOnly says that rows can be added alone: truncating is 0A000.
	AppendOnly bool
	// Slow is a query of one bigint column that takes a minute; "" when there is none.
	Slow string
	// Resumes says that a read goes on over a new connection: after a cut it may be whole.
	Resumes bool
	// Address is a server's address, and Through a config that goes to it by another
	// address. Both empty for kinds without a server.
	Address string
	Through func(t testing.TB, address string) backends.Config
}

// TypeCase is one column with its values.
type TypeCase struct {
	Declared string       // the column's type in the source's own words
	Type     pgtypes.Type // what Describe must make of it
	Values   []Value
}

// Value is one value: as a literal of the source, and as Postgres's text.
type Value struct {
	Literal string
	Text    string
	Null    bool
}

// Null is NULL.
var Null = Value{Literal: "NULL", Null: true}

// Column makes a TypeCase.
func Column(declared string, t pgtypes.Type, values ...Value) TypeCase {
	return TypeCase{Declared: declared, Type: t, Values: values}
}

// As makes a Value.
func As(literal, text string) Value { return Value{Literal: literal, Text: text} }

// Loses makes a LossyCase.
func Loses(declared, literal, code, in string) LossyCase {
	return LossyCase{Declared: declared, Literal: literal, Code: code, In: in}
}

// LossyCase is a column and a literal whose reading must fail.
type LossyCase struct {
	Declared, Literal string
	Code              string // SQLSTATE
	// In must be in the message or the detail.
	In string
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	leaks := goleak.IgnoreCurrent()
	defer func() {
		if !t.Failed() {
			goleak.VerifyNone(t, leaks)
		}
	}()
	t.Run("config", h.testConfig)
	t.Run("lazy", h.testLazy)
	t.Run("types", h.testTypes)
	t.Run("schema", h.testSchema)
	t.Run("lossy", h.testLossy)
	t.Run("missing", h.testMissing)
	t.Run("empty", h.testEmpty)
	t.Run("big", h.testBig)
	t.Run("early release", h.testEarlyRelease)
	t.Run("retained", h.testRetained)
	t.Run("cancel", h.testCancel)
	t.Run("predicates", h.testPredicates)
	t.Run("concurrent", h.testConcurrent)
	t.Run("closed", h.testClosed)
	t.Run("write", h.testWrite)
	t.Run("transaction", h.testTransaction)
	t.Run("faults", h.testFaults)
}

// open opens a config with a checked allocator and closes it at the test's end.
func (h Harness) open(t testing.TB, cfg backends.Config) backends.Backend {
	t.Helper()
	b, err := backends.Open(cfg, h.Kinds, backends.Env{Allocator: arrowtest.Allocator(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (h Harness) fresh(t testing.TB) backends.Backend {
	t.Helper()
	return h.open(t, h.Config(t))
}

// load makes a table of cases.
func (h Harness) load(t testing.TB, b backends.Backend, name string, cases []TypeCase) backends.TableName {
	t.Helper()
	if h.Load != nil {
		return h.Load(t, b, name, cases)
	}
	table := backends.TableName{Schema: h.Schema, Name: name}
	h.execute(t, b, "DROP TABLE IF EXISTS "+h.quoted(table))
	columns := make([]string, len(cases))
	rows := 0
	for i, c := range cases {
		columns[i] = fmt.Sprintf("%s %s", h.Quote(columnName(i)), c.Declared)
		rows = max(rows, len(c.Values))
	}
	h.execute(t, b, "CREATE TABLE "+h.quoted(table)+" ("+strings.Join(columns, ", ")+")")
	for r := range rows {
		values := make([]string, len(cases))
		for i, c := range cases {
			values[i] = valueAt(c, r).Literal
		}
		h.execute(t, b, "INSERT INTO "+h.quoted(table)+" VALUES ("+strings.Join(values, ", ")+")")
	}
	t.Cleanup(func() { h.execute(t, b, "DROP TABLE IF EXISTS "+h.quoted(table)) })
	return table
}

func (h Harness) execute(t testing.TB, b backends.Backend, sql string) {
	t.Helper()
	if _, err := b.(backends.Executor).Execute(context.Background(), backends.QueryFragment{SQL: sql}); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (h Harness) quoted(name backends.TableName) string {
	if name.Schema == "" {
		return h.Quote(name.Name)
	}
	return h.Quote(name.Schema) + "." + h.Quote(name.Name)
}

func columnName(i int) string { return fmt.Sprintf("c%d", i) }

// valueAt is a case's value of a row; a case with fewer rows has NULLs.
func valueAt(c TypeCase, row int) Value {
	if row < len(c.Values) {
		return c.Values[row]
	}
	return Null
}

// all is a fragment of some of a table's columns.
func (h Harness) all(table *backends.Table, columns ...int) backends.Fragment {
	var f backends.Fragment
	names := make([]string, len(columns))
	for i, c := range columns {
		f.Output = append(f.Output, backends.Column{Name: table.Columns[c].Name, Type: table.Columns[c].Type})
		names[i] = table.Columns[c].Name
	}
	if h.Quote == nil {
		f.Scan = &backends.ScanFragment{Table: table.Name, Columns: columns, Limit: -1}
		return f
	}
	for i := range names {
		names[i] = h.Quote(names[i])
	}
	f.Query = &backends.QueryFragment{SQL: "SELECT " + strings.Join(names, ", ") + " FROM " + h.quoted(table.Name)}
	return f
}
