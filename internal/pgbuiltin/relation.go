package pgbuiltin

import (
	"embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed data
var data embed.FS

// ServerVersion is the version of the server that the data was read from, "15.18".
func ServerVersion() string {
	return strings.TrimSpace(file("version"))
}

// Relation is one catalog relation whole, as COPY would give it.
type Relation struct {
	Name    string
	Columns []RelationColumn
	Rows    [][]Field
}

// RelationColumn is one column of a Relation. Columns of the reg* types hold numbers.
type RelationColumn struct {
	Name string
	Type uint32
}

// Field is one value in its text form.
type Field struct {
	Text string
	Null bool
}

// RelationNames lists the relations that Load knows.
func RelationNames() []string {
	entries, err := data.ReadDir("data")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".tsv"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Load parses a relation, "pg_type" for one. It gives nil for an unknown name.
// The look-ups below do not need it: it is for serving the relation as such.
func Load(name string) *Relation {
	text, err := data.ReadFile("data/" + name + ".tsv")
	if err != nil {
		return nil
	}
	r := &Relation{Name: name}
	columns, rows := splitHeader(string(text))
	for _, c := range columns {
		colName, oid, _ := strings.Cut(c, ":")
		r.Columns = append(r.Columns, RelationColumn{Name: colName, Type: parseOID(oid)})
	}
	eachRow(rows, len(columns), func(cells []string) {
		row := make([]Field, len(cells))
		for i, c := range cells {
			row[i] = Field{Text: unescape(c), Null: c == null}
		}
		r.Rows = append(r.Rows, row)
	})
	return r
}

const null = `\N`

func file(name string) string {
	text, err := data.ReadFile("data/" + name)
	if err != nil {
		panic(err) // the file is part of the binary
	}
	return string(text)
}

func splitHeader(text string) (columns []string, rows string) {
	header, rows, _ := strings.Cut(text, "\n")
	return strings.Split(header, "\t"), rows
}

// eachRow calls f for every row; cells is reused.
func eachRow(rows string, width int, f func(cells []string)) {
	cells := make([]string, width)
	for rows != "" {
		line, rest, _ := strings.Cut(rows, "\n")
		rows = rest
		for i := range cells {
			cells[i], line, _ = strings.Cut(line, "\t")
		}
		f(cells)
	}
}

// table parses one relation into rows of T, giving parse the cells by column name
// order as listed in want.
func table[T any](name string, want []string, parse func(c []string) T) func() []T {
	return sync.OnceValue(func() []T {
		columns, rows := splitHeader(file(name + ".tsv"))
		at := make([]int, len(want))
		for i, w := range want {
			at[i] = columnAt(name, columns, w)
		}
		picked := make([]string, len(want))
		out := make([]T, 0, strings.Count(rows, "\n"))
		eachRow(rows, len(columns), func(cells []string) {
			for i, j := range at {
				picked[i] = cells[j]
			}
			out = append(out, parse(picked))
		})
		return out
	})
}

func columnAt(relation string, columns []string, name string) int {
	for i, c := range columns {
		if strings.HasPrefix(c, name) && c[len(name)] == ':' {
			return i
		}
	}
	panic("pgbuiltin: " + relation + " has no column " + name)
}

// unescape undoes the text form of COPY; NULL becomes "".
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	if s == null {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'v':
			b.WriteByte('\v')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func parseOID(s string) uint32 {
	n, _ := strconv.ParseUint(s, 10, 32)
	return uint32(n)
}

func parseInt(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func parseBool(s string) bool { return s == "t" }

func parseByte(s string) byte {
	s = unescape(s)
	if s == "" {
		return 0
	}
	return s[0]
}

// parseOIDs reads an oidvector ("23 23") or a plain oid[] ("{23,23}").
func parseOIDs(s string) []uint32 {
	if s == "" || s == null {
		return nil
	}
	var oids []uint32
	n, digits := uint32(0), false
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= '0' && c <= '9' {
			n, digits = n*10+uint32(c-'0'), true
			continue
		}
		if digits {
			oids = append(oids, n)
		}
		n, digits = 0, false
	}
	if digits {
		oids = append(oids, n)
	}
	return oids
}

// parseNames reads a text[] of plain names.
func parseNames(s string) []string {
	if s == "" || s == null {
		return nil
	}
	names := strings.Split(strings.Trim(s, "{}"), ",")
	for i, n := range names {
		names[i] = strings.Trim(n, `"\`)
	}
	return names
}

// index builds a map over rows once.
func index[K comparable, T any](rows func() []T, key func(*T) K) func() map[K]*T {
	return sync.OnceValue(func() map[K]*T {
		all := rows()
		m := make(map[K]*T, len(all))
		for i := range all {
			m[key(&all[i])] = &all[i]
		}
		return m
	})
}

// multi builds a map from key to all its rows, in file order, once.
func multi[K comparable, T any](rows func() []T, key func(*T) K) func() map[K][]*T {
	return sync.OnceValue(func() map[K][]*T {
		all := rows()
		m := make(map[K][]*T, len(all))
		for i := range all {
			k := key(&all[i])
			m[k] = append(m[k], &all[i])
		}
		return m
	})
}
