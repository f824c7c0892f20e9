package answers

import (
	"fmt"
	"os"
	"strings"
)

// TypeMap says what each kind of source holds of a type: kinds.types.
type TypeMap struct{ lines []typeLine }

type typeLine struct{ kind, typ, native, shown string }

// ReadTypeMap reads the file.
func ReadTypeMap(file string) (*TypeMap, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &TypeMap{}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "--") {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != 4 {
			return nil, fmt.Errorf("%s: %q is not kind | type | declaration | shown type", file, line)
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		m.lines = append(m.lines, typeLine{parts[0], parts[1], parts[2], parts[3]})
	}
	return m, nil
}

// Find gives a kind's declaration of a type and what the gateway then shows; held is
// false if the kind can not hold it.
func (m *TypeMap) Find(kind, typ string) (native, shown string, held bool) {
	for _, l := range m.lines {
		if l.kind != kind && !(l.kind == "files" && isFiles(kind)) {
			continue
		}
		modifier, ok := match(l.typ, typ)
		if !ok {
			continue
		}
		if l.native == "-" {
			return "", "", false
		}
		return strings.ReplaceAll(l.native, "*", modifier), strings.ReplaceAll(l.shown, "*", modifier), true
	}
	return typ, typ, true
}

// match compares a type with a pattern, in which one * stands for the modifier.
func match(pattern, typ string) (modifier string, ok bool) {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return "", pattern == typ
	}
	rest, ok := strings.CutPrefix(typ, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, after)
}

func isFiles(kind string) bool { return kind == "parquet" || kind == "csv" || kind == "json_lines" }
