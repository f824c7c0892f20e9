package answers

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Table is one table of the cases, with its rows in Postgres's text forms.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]*string
	// SQL gives the rows instead; the oracle runs it once.
	SQL string
	// Parquet is a file with the rows, made by another writer than ours.
	Parquet string
}

// Column is one column, in the type that it has where every type can be had.
type Column struct {
	Name string
	Type string
	Key  bool
	// Not are the kinds that can not hold the column's values, though they may have
	// the type.
	Not []string
}

// ReadTables reads every *.table file of a folder. A file has the columns, one a
// line, as name | type | key | not kind kind…, then a line ---- and the rows in
// COPY's text form, or ---- sql and a query that makes them, or ---- tpchgen. The table is named as
// the file, or by a line "table name".
func ReadTables(folder string) ([]*Table, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.table"))
	if err != nil {
		return nil, err
	}
	var tables []*Table
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		t, err := parseTable(strings.TrimSuffix(filepath.Base(file), ".table"), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		tables = append(tables, t)
	}
	if len(tables) == 0 {
		return nil, fmt.Errorf("no tables in %s", folder)
	}
	return tables, nil
}

func parseTable(name, text string) (*Table, error) {
	t := &Table{Name: name}
	head, body, found := strings.Cut(text, "\n----")
	if !found {
		return nil, fmt.Errorf("there is no line ---- after the columns")
	}
	for _, line := range strings.Split(head, "\n") {
		if named, ok := strings.CutPrefix(line, "table "); ok {
			t.Name = strings.TrimSpace(named)
		} else if line != "" && !strings.HasPrefix(line, "--") {
			t.Columns = append(t.Columns, parseColumn(line))
		}
	}
	if strings.HasPrefix(body, " tpchgen") {
		return t, nil
	}
	if query, ok := strings.CutPrefix(body, " sql\n"); ok {
		t.SQL = query
		return t, nil
	}
	return t, t.parseRows(strings.TrimPrefix(body, "\n"))
}

func parseColumn(line string) Column {
	parts := strings.Split(line, "|")
	c := Column{Name: strings.TrimSpace(parts[0]), Type: strings.TrimSpace(parts[1])}
	for _, part := range parts[2:] {
		part = strings.TrimSpace(part)
		if part == "key" {
			c.Key = true
		}
		if kinds, ok := strings.CutPrefix(part, "not "); ok {
			c.Not = strings.Fields(kinds)
		}
	}
	return c
}

func (t *Table) parseRows(body string) error {
	lines := bufio.NewScanner(strings.NewReader(body))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != len(t.Columns) {
			return fmt.Errorf("row %q has %d values for %d columns", lines.Text(), len(fields), len(t.Columns))
		}
		row := make([]*string, len(fields))
		for i, f := range fields {
			if f != `\N` {
				value := copyUnescaper.Replace(f)
				row[i] = &value
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return lines.Err()
}

var (
	copyUnescaper = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n")
	copyEscaper   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`)
)

// Placed is a table as one kind of source holds it.
type Placed struct {
	*Table
	Kind    string
	Columns []PlacedColumn
}

// PlacedColumn is a column that a kind holds.
type PlacedColumn struct {
	Name   string
	Native string // the kind's own declaration
	Type   string // what the gateway shows
	Key    bool
	Source int // index into the Table's columns
}

// Place makes what kind holds of a table.
func (t *Table) Place(kind string, types *TypeMap) *Placed {
	p := &Placed{Table: t, Kind: kind}
	for i, c := range t.Columns {
		native, shown, held := types.Find(kind, c.Type)
		if held && !slices.Contains(c.Not, kind) {
			p.Columns = append(p.Columns, PlacedColumn{Name: c.Name, Native: native, Type: shown, Key: c.Key, Source: i})
		}
	}
	return p
}

// Row picks the values of the placed columns.
func (p *Placed) Row(row []*string) []*string {
	out := make([]*string, len(p.Columns))
	for i, c := range p.Columns {
		out[i] = row[c.Source]
	}
	return out
}

// DDL is CREATE TABLE, with the types that declare gives.
func (p *Placed) DDL(name string, quote func(string) string, declare func(PlacedColumn) string) string {
	var parts, keys []string
	for _, c := range p.Columns {
		part := quote(c.Name) + " " + declare(c)
		if c.Key {
			part += " not null"
			keys = append(keys, quote(c.Name))
		}
		parts = append(parts, part)
	}
	if keys != nil {
		parts = append(parts, "primary key ("+strings.Join(keys, ", ")+")")
	}
	return "create table " + name + " (" + strings.Join(parts, ", ") + ")"
}

// Keys are the columns of the primary key.
func (p *Placed) Keys() []string {
	var keys []string
	for _, c := range p.Columns {
		if c.Key {
			keys = append(keys, c.Name)
		}
	}
	return keys
}
