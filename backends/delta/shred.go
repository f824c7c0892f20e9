package delta

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// leafColumn collects the values of one stored column of a nested schema.
type leafColumn struct {
	kind     parquet.Type
	def, rep []int16
	texts    []parquet.ByteArray
	ints     []int32
	longs    []int64
	booleans []bool
}

// shredder cuts values of a nested schema into columns, as Dremel does.
type shredder struct {
	root    *schema.GroupNode
	columns []*leafColumn
}

func newShredder(root *schema.GroupNode) *shredder {
	s := &shredder{root: root}
	s.leaves(root)
	return s
}

func (s *shredder) leaves(node schema.Node) {
	group, ok := node.(*schema.GroupNode)
	if !ok {
		s.columns = append(s.columns, &leafColumn{kind: node.(*schema.PrimitiveNode).PhysicalType()})
		return
	}
	for i := range group.NumFields() {
		s.leaves(group.Field(i))
	}
}

// row adds a row: objects are maps, lists slices, numbers json.Number.
func (s *shredder) row(value map[string]any) error {
	at := 0
	for i := range s.root.NumFields() {
		f := s.root.Field(i)
		if err := s.put(f, value[f.Name()], 0, 0, 0, &at); err != nil {
			return err
		}
	}
	return nil
}

// put adds a value of a node: def is the level that its parents reach, rep the level at
// which it repeats, depth the repeated nodes above it. at is the node's first column.
func (s *shredder) put(node schema.Node, value any, def, rep, depth int16, at *int) error {
	switch node.RepetitionType() {
	case parquet.Repetitions.Optional:
		if value == nil {
			s.missing(node, def, rep, at)
			return nil
		}
		def++
	case parquet.Repetitions.Repeated:
		return s.putAll(node, value, def, rep, depth, at)
	}
	return s.putPresent(node, value, def, rep, depth, at)
}

func (s *shredder) putAll(node schema.Node, value any, def, rep, depth int16, at *int) error {
	items, _ := value.([]any)
	if len(items) == 0 {
		s.missing(node, def, rep, at)
		return nil
	}
	first := *at
	for i, item := range items {
		*at = first
		if i > 0 {
			rep = depth + 1
		}
		if err := s.putPresent(node, item, def+1, rep, depth+1, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *shredder) putPresent(node schema.Node, value any, def, rep, depth int16, at *int) error {
	group, nested := node.(*schema.GroupNode)
	if !nested {
		c := s.columns[*at]
		*at++
		c.def, c.rep = append(c.def, def), append(c.rep, rep)
		return c.add(node.Name(), value)
	}
	object, _ := value.(map[string]any)
	if group.NumFields() == 1 && group.Field(0).RepetitionType() == parquet.Repetitions.Repeated {
		return s.put(group.Field(0), itemsOf(group.Field(0), value), def, rep, depth, at)
	}
	for i := range group.NumFields() {
		f := group.Field(i)
		if err := s.put(f, object[f.Name()], def, rep, depth, at); err != nil {
			return err
		}
	}
	return nil
}

// itemsOf are the entries of a map or the elements of a list, as the repeated node of
// either has them.
func itemsOf(node schema.Node, value any) []any {
	var items []any
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			items = append(items, map[string]any{"key": key, "value": v[key]})
		}
	case []any:
		name := node.(*schema.GroupNode).Field(0).Name()
		for _, e := range v {
			items = append(items, map[string]any{name: e})
		}
	}
	return items
}

// missing adds nothing to every column of a node.
func (s *shredder) missing(node schema.Node, def, rep int16, at *int) {
	group, nested := node.(*schema.GroupNode)
	if !nested {
		c := s.columns[*at]
		*at++
		c.def, c.rep = append(c.def, def), append(c.rep, rep)
		return
	}
	for i := range group.NumFields() {
		s.missing(group.Field(i), def, rep, at)
	}
}

func (c *leafColumn) add(name string, value any) error {
	switch v := value.(type) {
	case string:
		if c.kind == parquet.Types.ByteArray {
			c.texts = append(c.texts, parquet.ByteArray(v))
			return nil
		}
	case bool:
		if c.kind == parquet.Types.Boolean {
			c.booleans = append(c.booleans, v)
			return nil
		}
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		switch c.kind {
		case parquet.Types.Int32:
			c.ints = append(c.ints, int32(n))
			return nil
		case parquet.Types.Int64:
			c.longs = append(c.longs, n)
			return nil
		}
	}
	return fmt.Errorf("%s is %T in the log, where %s is expected", name, value, c.kind)
}

// write writes the columns as one row group.
func (s *shredder) write(group file.SerialRowGroupWriter) error {
	for _, c := range s.columns {
		w, err := group.NextColumn()
		if err != nil {
			return err
		}
		switch w := w.(type) {
		case *file.ByteArrayColumnChunkWriter:
			_, err = w.WriteBatch(c.texts, c.def, c.rep)
		case *file.Int32ColumnChunkWriter:
			_, err = w.WriteBatch(c.ints, c.def, c.rep)
		case *file.Int64ColumnChunkWriter:
			_, err = w.WriteBatch(c.longs, c.def, c.rep)
		case *file.BooleanColumnChunkWriter:
			_, err = w.WriteBatch(c.booleans, c.def, c.rep)
		default:
			err = fmt.Errorf("a column writer of type %T", w)
		}
		if err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return group.Close()
}
