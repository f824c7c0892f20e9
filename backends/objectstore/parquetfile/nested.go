package parquetfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// nested is a column of several levels, read row by row: a list of simple
// values as an array, anything else as jsonb.
type nested struct {
	typ  pgtypes.Type
	node schema.Node
	// element is the form of an array's elements; nil for jsonb.
	element *form
	forms   []form // of the leaves
}

// nestedOf chooses a nested column's type.
func nestedOf(node schema.Node, options Options) (*nested, error) {
	n := &nested{node: node, typ: pgtypes.Of(pgtypes.OIDJSONB)}
	if err := n.leafForms(node, options); err != nil {
		return nil, err
	}
	if len(n.forms) == 0 {
		return nil, errors.New("it has no values")
	}
	element, repeated := node, node.RepetitionType() == parquet.Repetitions.Repeated
	if inner, ok := listElement(node); ok && !repeated {
		element, repeated = inner, true
	}
	if _, simple := element.(*schema.PrimitiveNode); simple && repeated {
		if oid, ok := pgtypes.ArrayType(n.forms[0].typ.OID); ok {
			n.typ, n.element = pgtypes.Of(oid), &n.forms[0]
		}
	}
	return n, nil
}

func (n *nested) leafForms(node schema.Node, options Options) error {
	switch node := node.(type) {
	case *schema.PrimitiveNode:
		f, err := formOf(node, options)
		if err != nil {
			return fmt.Errorf("%s: %w", node.Name(), err)
		}
		n.forms = append(n.forms, f)
	case *schema.GroupNode:
		if _, variant := node.LogicalType().(schema.VariantLogicalType); variant {
			return errors.New("its type Variant is not supported")
		}
		for i := range node.NumFields() {
			if err := n.leafForms(node.Field(i), options); err != nil {
				return err
			}
		}
	}
	return nil
}

// listElement is the element of a group annotated as a list. Older writers leave
// the middle level out; then the repeated field itself is the element.
func listElement(node schema.Node) (schema.Node, bool) {
	group, ok := node.(*schema.GroupNode)
	if !ok || group.NumFields() != 1 || group.Field(0).RepetitionType() != parquet.Repetitions.Repeated {
		return nil, false
	}
	if _, list := group.LogicalType().(schema.ListLogicalType); !list {
		return nil, false
	}
	middle, ok := group.Field(0).(*schema.GroupNode)
	if ok && middle.NumFields() == 1 && middle.Name() != "array" && middle.Name() != group.Name()+"_tuple" {
		return middle.Field(0), true
	}
	return group.Field(0), true
}

// mapFields are the key and the value of a group annotated as a map.
func mapFields(node schema.Node) (entry *schema.GroupNode, ok bool) {
	group, isGroup := node.(*schema.GroupNode)
	if !isGroup || group.NumFields() != 1 {
		return nil, false
	}
	if _, isMap := group.LogicalType().(schema.MapLogicalType); !isMap {
		return nil, false
	}
	entry, ok = group.Field(0).(*schema.GroupNode)
	return entry, ok && entry.NumFields() == 2 && entry.RepetitionType() == parquet.Repetitions.Repeated
}

// cursor walks one leaf's levels and values.
type cursor struct {
	chunk
	repLevels, defLevels []int32
	at                   int // in the levels
	values               arrow.Array
	value                int // of the next value that is not NULL
}

// load makes sure that there is a current entry. io.EOF is the chunk's end.
func (c *cursor) load() error {
	for c.at == len(c.defLevels) {
		c.drop()
		if err := c.next(); err != nil {
			return err
		}
		if err := c.loadPage(); err != nil {
			return err
		}
	}
	return nil
}

// loadPage decodes a page whole.
func (c *cursor) loadPage() error {
	if c.left > mostInPage {
		return errShortPage
	}
	c.at, c.value = 0, 0
	c.repLevels, c.defLevels = make([]int32, c.left), make([]int32, c.left)
	if c.maxRep > 0 {
		if err := c.reps.read(c.repLevels); err != nil {
			return err
		}
	}
	if c.maxDef > 0 {
		if err := c.defs.read(c.defLevels); err != nil {
			return err
		}
	}
	valid := 0
	for _, d := range c.defLevels {
		if d == int32(c.maxDef) {
			valid++
		}
	}
	c.left = 0
	dense := c.chunk
	dense.maxDef = 0
	out := newOutput(&dense, valid)
	defer out.discard()
	if valid > 0 {
		if err := out.add(valid, valid); err != nil {
			return err
		}
	}
	out.rows = valid
	data, err := out.finish()
	if err != nil {
		return err
	}
	c.values = array.MakeFromData(data)
	data.Release()
	return nil
}

func (c *cursor) drop() {
	if c.values != nil {
		c.values.Release()
		c.values = nil
	}
}

// take passes the current entry and gives its value, nil if it is NULL.
func (c *cursor) take() (v pgtypes.Datum, err error) {
	if err := c.load(); err != nil {
		return nil, err
	}
	if c.defLevels[c.at] == int32(c.maxDef) {
		if v, err = pgtypes.DatumFromArrow(c.values, c.value, c.form.typ); err != nil {
			return nil, err
		}
		c.value++
	}
	c.at++
	return v, nil
}

// nestedChunk reads a nested column of one row group.
type nestedChunk struct {
	*nested
	cursors []*cursor
	alloc   memory.Allocator
	used    int // cursors passed by the row in the making
}

func (n *nestedChunk) close() error {
	var errs []error
	for _, c := range n.cursors {
		c.drop()
		errs = append(errs, c.chunk.close())
	}
	return errors.Join(errs...)
}

// read assembles rows.
func (n *nestedChunk) read(rows int) (arrow.ArrayData, error) {
	builder := array.NewBuilder(n.alloc, pgtypes.ArrowType(n.typ))
	defer builder.Release()
	for range rows {
		v, err := n.row()
		if errors.Is(err, io.EOF) {
			err = errMoreRows
		}
		if err == nil {
			err = pgtypes.AppendToBuilder(builder, n.typ, v)
		}
		if err != nil {
			return nil, err
		}
	}
	a := builder.NewArray()
	defer a.Release()
	data := a.Data()
	data.Retain()
	return data, nil
}

func (n *nestedChunk) row() (pgtypes.Datum, error) {
	n.used = 0
	v, err := n.assemble(n.node, 0, 0)
	if err != nil || v == nil {
		return nil, err
	}
	if n.element != nil {
		return pgtypes.NewArray(n.element.typ.OID, v.([]pgtypes.Datum)), nil
	}
	return pgtypes.CanonicalJSONB(string(n.appendJSON(nil, v)))
}

// object is a group's value.
type object struct {
	keys   []string
	values []pgtypes.Datum
}

// leaf is a value with its type, within JSON.
type leaf struct {
	typ   pgtypes.Type
	value pgtypes.Datum
}

// assemble builds one value of a node whose parent is present at definition level
// def and repetition level rep: nil, a list, an object or a leaf's value.
func (n *nestedChunk) assemble(node schema.Node, def, rep int32) (pgtypes.Datum, error) {
	switch node.RepetitionType() {
	case parquet.Repetitions.Repeated:
		return n.list(node, node, def, rep)
	case parquet.Repetitions.Optional:
		def++
		if present, err := n.present(def); err != nil || !present {
			return nil, errors.Join(err, n.pass(node))
		}
	}
	return n.content(node, def, rep)
}

// content builds the value of a node that is there.
func (n *nestedChunk) content(node schema.Node, def, rep int32) (pgtypes.Datum, error) {
	group, ok := node.(*schema.GroupNode)
	if !ok {
		c := n.cursors[n.used]
		n.used++
		v, err := c.take()
		if err != nil || n.element != nil || v == nil {
			return v, err
		}
		return leaf{c.form.typ, v}, nil
	}
	if element, ok := listElement(node); ok {
		return n.list(group.Field(0), element, def, rep)
	}
	if entry, ok := mapFields(node); ok {
		return n.mapping(entry, def, rep)
	}
	var o object
	for i := range group.NumFields() {
		v, err := n.assemble(group.Field(i), def, rep)
		if err != nil {
			return nil, err
		}
		o.keys, o.values = append(o.keys, group.Field(i).Name()), append(o.values, v)
	}
	return o, nil
}

// present says whether the next leaf's entry reaches a definition level.
func (n *nestedChunk) present(def int32) (bool, error) {
	c := n.cursors[n.used]
	if err := c.load(); err != nil {
		return false, err
	}
	return c.defLevels[c.at] >= def, nil
}

// pass skips one entry of every leaf of a node.
func (n *nestedChunk) pass(node schema.Node) error {
	for range leaves(node) {
		if _, err := n.cursors[n.used].take(); err != nil {
			return err
		}
		n.used++
	}
	return nil
}

// list builds the elements of a repeated node; element is the node itself or the
// only field of it.
func (n *nestedChunk) list(repeated, element schema.Node, def, rep int32) (pgtypes.Datum, error) {
	elements := []pgtypes.Datum{}
	def, rep = def+1, rep+1
	if some, err := n.present(def); err != nil || !some {
		return elements, errors.Join(err, n.pass(repeated))
	}
	first := n.used
	for {
		n.used = first
		var v pgtypes.Datum
		var err error
		if element == repeated {
			v, err = n.content(element, def, rep)
		} else {
			v, err = n.assemble(element, def, rep)
		}
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
		if more, err := n.more(first, rep); err != nil || !more {
			return elements, err
		}
	}
}

// more says whether the list at a repetition level goes on.
func (n *nestedChunk) more(first int, rep int32) (bool, error) {
	c := n.cursors[first]
	if err := c.load(); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return c.repLevels[c.at] >= rep, nil
}

// mapping builds a map's object.
func (n *nestedChunk) mapping(entry *schema.GroupNode, def, rep int32) (pgtypes.Datum, error) {
	v, err := n.list(entry, entry, def, rep)
	if err != nil {
		return nil, err
	}
	var o object
	for _, e := range v.([]pgtypes.Datum) {
		pair, ok := e.(object)
		if !ok {
			return nil, errors.New("a map entry that is not a pair")
		}
		key := "null"
		if k, ok := pair.values[0].(leaf); ok {
			key = pgtypes.Text(k.typ, k.value, pgtypes.DefaultStyle())
		}
		o.keys, o.values = append(o.keys, key), append(o.values, pair.values[1])
	}
	return o, nil
}

// appendJSON writes an assembled value.
func (n *nestedChunk) appendJSON(dst []byte, v pgtypes.Datum) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case []pgtypes.Datum:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = n.appendJSON(dst, e)
		}
		return append(dst, ']')
	case object:
		dst = append(dst, '{')
		for i, e := range v.values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(pgtypes.AppendJSONString(dst, v.keys[i]), ':')
			dst = n.appendJSON(dst, e)
		}
		return append(dst, '}')
	case leaf:
		return appendLeaf(dst, v)
	default:
		return append(dst, "null"...)
	}
}

// appendLeaf writes numbers and booleans bare, and the rest as to_jsonb does: text.
func appendLeaf(dst []byte, v leaf) []byte {
	text := pgtypes.AppendText(nil, v.typ, v.value, pgtypes.DefaultStyle())
	switch v.typ.OID {
	case pgtypes.OIDBool:
		if v.value.(bool) {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDFloat4, pgtypes.OIDFloat8, pgtypes.OIDNumeric:
		if last := text[len(text)-1]; last >= '0' && last <= '9' { // not NaN, Infinity
			return append(dst, text...)
		}
	case pgtypes.OIDJSON:
		return append(dst, text...)
	}
	return pgtypes.AppendJSONString(dst, string(text))
}
