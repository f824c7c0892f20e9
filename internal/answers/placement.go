package answers

import (
	"fmt"
	"slices"
)

// Placement says where each table lies.
type Placement struct {
	Name string
	// Kinds are given to the tables in turn.
	Kinds []string
	// Shift is where the turn begins.
	Shift int
	// Tables, if set, says it table by table.
	Tables map[string]string
	// Settings are those of the sessions.
	Settings []string
	// Modes of gateway.pushdown; nil is all three.
	Modes []string
	// Default is the server for new tables.
	Default string
}

// Placements are those that the cases run in.
func Placements() []Placement {
	mixed := []string{"postgres", "mysql", "sqlite", "parquet", "mem", "csv", "json_lines"}
	return []Placement{
		{Name: "postgres", Kinds: []string{"postgres"}, Default: "postgres"},
		{Name: "postgres_unrelayed", Kinds: []string{"postgres"}, Default: "postgres", Settings: []string{"set gateway.relay = off"}},
		{Name: "mysql", Kinds: []string{"mysql"}, Default: "mysql"},
		{Name: "sqlite", Kinds: []string{"sqlite"}, Default: "sqlite"},
		{Name: "mem", Kinds: []string{"mem"}, Default: "mem", Modes: []string{"on"}},
		{Name: "parquet", Kinds: []string{"parquet"}, Default: "mem", Modes: []string{"off", "on"}},
		{Name: "delta", Kinds: []string{"delta"}, Default: "mem", Modes: []string{"on"}},
		{Name: "csv", Kinds: []string{"csv"}, Default: "mem", Modes: []string{"on"}},
		{Name: "json_lines", Kinds: []string{"json_lines"}, Default: "mem", Modes: []string{"on"}},
		{Name: "mixed_1", Kinds: mixed, Default: "postgres"},
		{Name: "mixed_2", Kinds: mixed, Shift: 2, Default: "sqlite"},
		{Name: "mixed_3", Kinds: mixed, Shift: 1, Default: "mysql", Modes: []string{"on"}},
	}
}

// modes are the values of gateway.pushdown.
var modes = []string{"off", "safe", "on"}

func (p *Placement) modes() []string {
	if p.Modes != nil {
		return p.Modes
	}
	return modes
}

// kindOf is where the i-th table lies.
func (p *Placement) kindOf(i int, table string) string {
	if kind, ok := p.Tables[table]; ok {
		return kind
	}
	return p.Kinds[(i+p.Shift)%len(p.Kinds)]
}

// place gives every table its kind.
func (p *Placement) place(tables []*Table, types *TypeMap) []*Placed {
	placed := make([]*Placed, len(tables))
	for i, t := range tables {
		placed[i] = t.Place(p.kindOf(i, t.Name), types)
	}
	return placed
}

// kinds lists the kinds that tables are placed in.
func kinds(placements []Placement, tables []*Table) []string {
	var all []string
	for _, p := range placements {
		for i, t := range tables {
			if kind := p.kindOf(i, t.Name); !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
		if p.Default != "" && !slices.Contains(all, p.Default) {
			all = append(all, p.Default)
		}
	}
	return all
}

func quoteDouble(name string) string { return `"` + name + `"` }

func quoteBack(name string) string { return "`" + name + "`" }

func remoteName(t *Table) string { return fmt.Sprintf("t_%s", tableFile(t)) }

// tableFile is a name that is nobody else's also where case does not count.
func tableFile(t *Table) string {
	name := ""
	for _, r := range t.Name {
		if r >= 'A' && r <= 'Z' {
			name += "_" + string(r+'a'-'A')
		} else {
			name += string(r)
		}
	}
	return name
}
