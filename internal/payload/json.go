package payload

import (
	"bytes"
	"context"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/jsonscan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// jsonDecoder finds the wanted members of a JSON message in one pass, and appends them.
type jsonDecoder struct {
	fields    []Field
	appenders []jsonAppender
	values    [][]byte // of a message, by field; nil is missing
	row       jsonNode // where the fields of the row are
	rowed     bool     // whether any field is below the row, not the row itself
	whole     []int    // the fields that are the row itself
	change    *jsonChange
}

// jsonNode is a member that is wanted or has wanted members.
type jsonNode struct {
	name     string
	fields   []int
	children []*jsonNode
	// order remembers the keys of the last object, as they were written: messages of one
	// producer mostly have the same, and comparing is cheaper than looking up.
	order []jsonKey
	// known are the keys seen, for messages whose keys come and go.
	known map[string]jsonKey
}

type jsonKey struct {
	text  []byte
	child *jsonNode // nil for a member that nobody wants
}

func newJSONDecoder(fields []Field, envelope Envelope) *jsonDecoder {
	d := &jsonDecoder{fields: fields, values: make([][]byte, len(fields))}
	for i := range fields {
		f := &fields[i]
		d.appenders = append(d.appenders, jsonAppenderOf(f))
		switch {
		case f.part != partRow:
		case len(f.path) == 0:
			d.whole = append(d.whole, i)
		default:
			d.rowed = true
			d.row.add(f.path, i)
		}
	}
	if envelope == Debezium {
		d.change = &jsonChange{}
	}
	return d
}

func (n *jsonNode) add(path []string, field int) {
	if len(path) == 0 {
		n.fields = append(n.fields, field)
		return
	}
	for _, c := range n.children {
		if c.name == path[0] {
			c.add(path[1:], field)
			return
		}
	}
	c := &jsonNode{name: path[0]}
	n.children = append(n.children, c)
	c.add(path[1:], field)
}

func (d *jsonDecoder) decode(_ context.Context, message []byte, out []*batch.Column) error {
	// No JSON begins with a zero byte: it is the frame of a registry, which JSON needs not
	// be asked for.
	if len(message) > 5 && message[0] == 0 {
		message = message[5:]
	}
	clear(d.values)
	row := message
	if d.change != nil {
		if err := d.change.read(message); err != nil {
			return err
		}
		row = d.change.row()
		d.change.values(d.fields, d.values)
	}
	if err := d.find(row); err != nil {
		return err
	}
	for i := range d.fields {
		f := &d.fields[i]
		v := d.values[i]
		if v == nil || string(v) == "null" {
			if err := appendNull(f, out[i]); err != nil {
				return err
			}
			continue
		}
		if err := d.appenders[i](out[i], v); err != nil {
			return inColumn(f, err)
		}
	}
	return nil
}

// find fills values from the row; nil is a change without one.
func (d *jsonDecoder) find(row []byte) error {
	if row == nil {
		return nil
	}
	if len(d.whole) > 0 {
		value, err := jsonscan.Trim(row)
		if err != nil {
			return err
		}
		for _, i := range d.whole {
			d.values[i] = value
		}
	}
	if !d.rowed {
		return nil
	}
	return d.members(&d.row, row)
}

// members walks an object. Of a key given twice the last counts, as in jsonb.
func (d *jsonDecoder) members(n *jsonNode, object []byte) error {
	s, err := jsonscan.Object(object)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		key, value, ok, err := s.Next()
		if err != nil || !ok {
			return err
		}
		if i >= len(n.order) || !bytes.Equal(n.order[i].text, key) {
			if err := n.learn(i, key); err != nil {
				return err
			}
		}
		if child := n.order[min(i, len(n.order)-1)].child; child != nil {
			if err := d.member(child, value); err != nil {
				return err
			}
		}
	}
}

func (d *jsonDecoder) member(child *jsonNode, value []byte) error {
	for _, f := range child.fields {
		d.values[f] = value
	}
	// What is not an object has no members: they are NULL, as -> gives it.
	if len(child.children) > 0 && value[0] == '{' {
		return d.members(child, value)
	}
	return nil
}

// mostKeys bounds what is remembered of an object.
const mostKeys = 512

// learn looks a key up and remembers it at its place.
func (n *jsonNode) learn(i int, key []byte) error {
	k, ok := n.known[string(key)]
	if !ok {
		name, err := jsonscan.Unquote(key)
		if err != nil {
			return err
		}
		k.text = bytes.Clone(key)
		for _, c := range n.children {
			if c.name == string(name) {
				k.child = c
			}
		}
		if n.known == nil || len(n.known) >= mostKeys {
			n.known = map[string]jsonKey{}
		}
		n.known[string(k.text)] = k
	}
	switch {
	case i < len(n.order):
		n.order[i] = k
	case len(n.order) < mostKeys:
		n.order = append(n.order, k)
	default:
		n.order[len(n.order)-1] = k
	}
	return nil
}

// jsonAppender appends a value that is not null.
type jsonAppender func(c *batch.Column, value []byte) error

func jsonAppenderOf(f *Field) jsonAppender {
	t := f.Type
	text := batch.AppenderOfText(t)
	switch {
	case t.OID == pgtypes.OIDJSON || t.OID == pgtypes.OIDJSONB:
		return jsonAppender(text)
	case f.unit != "":
		return epochOfJSON(t, units[f.unit], text)
	}
	if _, array := pgtypes.ElementType(t.OID); array {
		return arrayOfJSON(t, text)
	}
	return func(c *batch.Column, value []byte) error {
		switch value[0] {
		case '"':
			plain, err := jsonscan.Unquote(value)
			if err != nil {
				return err
			}
			return text(c, plain)
		case '{', '[':
			if err := pgtypes.ValidateJSON(string(value)); err != nil {
				return err
			}
		case 't', 'f':
			if s := string(value); s != "true" && s != "false" {
				return jsonscan.ErrSyntax
			}
		default:
			if !jsonscan.IsNumber(value) {
				return jsonscan.ErrSyntax
			}
			if t.OID == pgtypes.OIDBool {
				return errBoolean(value)
			}
		}
		return text(c, value)
	}
}

// epochOfJSON reads numbers of a unit, and texts as the type does.
func epochOfJSON(t pgtypes.Type, unit int64, text batch.TextAppender) jsonAppender {
	return func(c *batch.Column, value []byte) error {
		if value[0] == '"' {
			plain, err := jsonscan.Unquote(value)
			if err != nil {
				return err
			}
			return text(c, plain)
		}
		n, err := wholeNumber(value)
		if err != nil {
			return err
		}
		return appendEpoch(c, t, n, unit)
	}
}
