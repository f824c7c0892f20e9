package clients

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// statement is one that a client was seen to send, with the values of its last Bind.
type statement struct {
	name       string // file and line, for people and for pending.txt
	text       string
	extended   bool
	types      []uint32
	parameters [][]byte
	formats    []int16
}

// recording is what one connection of a client sent, in order.
type recording struct {
	name       string
	statements []statement
}

var (
	parameterOIDs    = regexp.MustCompile(`param_oids=\[([0-9, ]*)\]`)
	parameterFormats = regexp.MustCompile(`param_formats=\[([0-9, ]*)\]`)
	parameterValues  = regexp.MustCompile(`params=\[(.*)\]\]$`)
	parameterValue   = regexp.MustCompile(`None|b'((?:[^'\\]|\\.)*)'|b"((?:[^"\\]|\\.)*)"`)
)

// readRecordings finds every .sql file below folder. A file without marks of the
// protocol holds one statement.
func readRecordings(folder string) ([]recording, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return nil, err
	}
	deeper, err := filepath.Glob(filepath.Join(folder, "*", "*.sql"))
	if err != nil {
		return nil, err
	}
	var all []recording
	for _, file := range append(files, deeper...) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return nil, err
		}
		all = append(all, parseRecording(strings.TrimSuffix(name, ".sql"), string(text))...)
	}
	return all, nil
}

// parseRecording reads "-- startup", "-- [simple]", "-- [extended parse ...]" and
// "-- [bind ...]" marks with the statements between them.
func parseRecording(name, text string) []recording {
	if !strings.Contains(text, "-- [") {
		return []recording{{name: name, statements: []statement{{name: name + ":1", text: text}}}}
	}
	var all []recording
	var current *statement
	add := func(s statement) {
		if len(all) == 0 {
			all = append(all, recording{name: name})
		}
		last := &all[len(all)-1]
		last.statements = append(last.statements, s)
		current = &last.statements[len(last.statements)-1]
	}
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "-- startup"):
			// An SSLRequest is followed by the startup of the same connection.
			if !strings.Contains(line, "SSLRequest") {
				all = append(all, recording{name: name})
			}
			current = nil
		case strings.HasPrefix(line, "-- ##"):
			current = nil
		case strings.HasPrefix(line, "-- [simple"), strings.HasPrefix(line, "-- [extended"):
			s := statement{name: name + ":" + strconv.Itoa(i+2), extended: strings.HasPrefix(line, "-- [ext")}
			if found := parameterOIDs.FindStringSubmatch(line); found != nil {
				s.types = numbers[uint32](found[1])
			}
			add(s)
		case strings.HasPrefix(line, "-- [bind"):
			if current == nil {
				continue
			}
			if found := parameterFormats.FindStringSubmatch(line); found != nil {
				current.formats = numbers[int16](found[1])
			}
			if found := parameterValues.FindStringSubmatch(line); found != nil {
				current.parameters = values(found[1])
			}
		case strings.HasPrefix(line, "-- ["):
		case current != nil:
			current.text += line + "\n"
		}
	}
	return all
}

func numbers[N uint32 | int16](list string) []N {
	var out []N
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, _ := strconv.ParseUint(text, 10, 32)
		out = append(out, N(n))
	}
	return out
}

// values reads a list of bytes as Python prints it.
func values(list string) [][]byte {
	var out [][]byte
	for _, found := range parameterValue.FindAllStringSubmatch(list, -1) {
		if found[0] == "None" {
			out = append(out, nil)
			continue
		}
		text := strings.ReplaceAll(found[1]+found[2], `\'`, "'")
		plain, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
		if err != nil {
			plain = text
		}
		out = append(out, []byte(plain))
	}
	return out
}
