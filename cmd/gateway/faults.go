package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/sqlgateway/gateway/backends"
)

// fileFault is a fault with its line in the file.
type fileFault struct {
	backends.Fault
	line int
}

// configFaults is every fault of a configuration file.
type configFaults struct {
	file   string
	faults []fileFault
}

// Error lists the faults, one a line.
func (e *configFaults) Error() string {
	lines := make([]string, len(e.faults))
	for i, f := range e.faults {
		lines[i] = fmt.Sprintf("%s:%d: %s", e.file, f.line, f.String())
	}
	return strings.Join(lines, "\n")
}

// syntaxFault is an error of the YAML parser as a fault with its line.
func syntaxFault(path string, err error) error {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fault := fileFault{backends.Fault{Message: syntax.GetMessage()}, syntax.GetToken().Position.Line}
	return &configFaults{file: path, faults: []fileFault{fault}}
}

// locate finds the lines of faults and puts them in order.
func locate(path string, file *ast.File, faults []backends.Fault) error {
	located := make([]fileFault, len(faults))
	for i, f := range faults {
		located[i] = fileFault{f, lineOf(file, f.Path)}
	}
	slices.SortStableFunc(located, func(a, b fileFault) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.Path, b.Path))
	})
	return &configFaults{file: path, faults: located}
}

// lineOf finds the line of a path, or of the nearest part of it that is there.
func lineOf(file *ast.File, path string) int {
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return 1
	}
	node, line := ast.Node(file.Docs[0].Body), 1
	for path != "" {
		if element, rest, ok := elementOf(node, path); ok {
			node, line, path = element, element.GetToken().Position.Line, rest
			continue
		}
		mapping, ok := node.(ast.MapNode)
		if !ok {
			return line
		}
		key, value, at := longestKey(mapping, path)
		if value == nil {
			return line
		}
		node, line = value, at
		path = strings.TrimLeft(path[len(key):], ".")
	}
	return line
}

// longestKey finds the key that a path begins with. Keys may hold dots themselves
// (lake.orders): the longest that fits wins.
func longestKey(mapping ast.MapNode, path string) (key string, value ast.Node, line int) {
	for iter := mapping.MapRange(); iter.Next(); {
		k := strings.Trim(iter.Key().String(), `"'`)
		if len(k) > len(key) && strings.HasPrefix(path, k) && (len(path) == len(k) || path[len(k)] == '.' || path[len(k)] == '[') {
			key, value, line = k, iter.Value(), iter.Key().GetToken().Position.Line
		}
	}
	return key, value, line
}

// elementOf follows the [n] that a path begins with.
func elementOf(node ast.Node, path string) (element ast.Node, rest string, ok bool) {
	sequence, isSequence := node.(*ast.SequenceNode)
	number, rest, closed := strings.Cut(strings.TrimPrefix(path, "["), "]")
	n, err := strconv.Atoi(number)
	if !isSequence || !closed || path[0] != '[' || err != nil || n < 0 || n >= len(sequence.Values) {
		return nil, "", false
	}
	return sequence.Values[n], strings.TrimLeft(rest, "."), true
}
