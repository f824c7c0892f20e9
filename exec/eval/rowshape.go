package eval

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// rowShape is what an expression tells of the rows it makes: the names of their
// fields, which values do not carry but JSON shows.
type rowShape struct {
	names  []string
	fields []*rowShape // of rows in rows; nil for none
}

// shapesOf are the shapes of arguments; nil when none is a row.
func shapesOf(args []translate.Expr) []*rowShape {
	var shapes []*rowShape
	for i, a := range args {
		if s := shapeOf(a); s != nil {
			if shapes == nil {
				shapes = make([]*rowShape, len(args))
			}
			shapes[i] = s
		}
	}
	return shapes
}

func shapeOf(e translate.Expr) *rowShape {
	switch e := e.(type) {
	case *translate.RowExpr:
		return &rowShape{names: e.Names, fields: shapesOf(e.Fields)}
	case *translate.ArrayExpr:
		if len(e.Elements) > 0 {
			return shapeOf(e.Elements[0])
		}
	case *translate.Coalesce:
		return shapeOf(e.Args[0])
	case *translate.Case:
		for _, w := range e.Whens {
			if s := shapeOf(w.Result); s != nil {
				return s
			}
		}
		return shapeOf(e.Else)
	}
	return nil
}

// name gives a record, or the records of an array, the names of the shape.
func (s *rowShape) name(d pgtypes.Datum) pgtypes.Datum {
	if s == nil {
		return d
	}
	switch d := d.(type) {
	case pgtypes.Record:
		d.Names = s.names
		for i, f := range s.fields {
			if i < len(d.Fields) {
				d.Fields[i] = f.name(d.Fields[i])
			}
		}
		return d
	case pgtypes.Array:
		for i, e := range d.Elements {
			d.Elements[i] = s.name(e)
		}
	}
	return d
}

// withNames is the value of argument i with the names of its fields.
func (c *call) withNames(i int, d pgtypes.Datum) pgtypes.Datum {
	if i < len(c.shapes) {
		return c.shapes[i].name(d)
	}
	return d
}

// nameFields names the fields of all arguments.
func (c *call) nameFields(values []pgtypes.Datum) {
	for i, s := range c.shapes {
		values[i] = s.name(values[i])
	}
}
