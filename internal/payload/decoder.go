package payload

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// rowDecoder appends a message's values: one to each column, or fewer and an error.
type rowDecoder interface {
	decode(ctx context.Context, message []byte, out []*batch.Column) error
}

// Decoder decodes messages into columns. One goroutine uses it.
type Decoder struct {
	// Skipped and Nulled count the messages that did not decode.
	Skipped, Nulled int64

	policy Policy
	fields []Field
	rows   rowDecoder
	// checked are columns that nobody wants but which decide, under a policy, whether the
	// message is a row at all: every projection must give the same rows.
	checked []batch.Column
	all     []*batch.Column
}

// Decoder makes a decoder of the named columns.
func (c *Codec) Decoder(ctx context.Context, names []string) (*Decoder, error) {
	fields, err := c.Fields(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := find(fields, names)
	if err != nil {
		return nil, err
	}
	d := &Decoder{policy: c.policy}
	if c.policy != Fail {
		wanted = d.check(fields, wanted)
	}
	d.fields = wanted
	d.rows, err = c.rowDecoder(ctx, wanted)
	return d, err
}

// check adds the fields that are not wanted.
func (d *Decoder) check(fields, wanted []Field) []Field {
	var types []arrow.DataType
	for _, f := range fields {
		known := f.part != partRow
		for _, w := range wanted {
			known = known || w.Name == f.Name
		}
		if !known {
			wanted = append(wanted, f)
			types = append(types, pgtypes.ArrowType(f.Type))
		}
	}
	d.checked = batch.Scratch(types...)
	return wanted
}

func (c *Codec) rowDecoder(ctx context.Context, fields []Field) (rowDecoder, error) {
	switch c.format {
	case Raw:
		return rawDecoder{}, nil
	case Text:
		return newTextDecoder(fields), nil
	case Avro:
		return c.newAvroDecoder(ctx, fields)
	case Protobuf:
		return c.newProtobufDecoder(ctx, fields)
	default:
		return newJSONDecoder(fields, c.options.Envelope), nil
	}
}

// Decode appends a message's values to columns, which are parallel to the decoder's
// names. row is false when the message is to be left out; nothing is appended then.
func (d *Decoder) Decode(ctx context.Context, message []byte, columns []*batch.Column) (row bool, err error) {
	out := columns
	if len(d.checked) > 0 {
		d.all = append(d.all[:0], columns...)
		for i := range d.checked {
			d.all = append(d.all, &d.checked[i])
		}
		out = d.all
	}
	if len(out) == 0 && d.policy == Fail {
		return true, nil
	}
	before := 0
	if len(columns) > 0 {
		before = columns[0].Len()
	}
	err = d.rows.decode(ctx, message, out)
	for i := range d.checked {
		for d.checked[i].Len() > 0 {
			d.checked[i].Drop()
		}
	}
	if err == nil {
		return true, nil
	}
	if d.policy == Fail || !faulty(err) {
		return false, err
	}
	for _, c := range columns {
		for c.Len() > before {
			c.Drop()
		}
	}
	if d.policy == Skip {
		d.Skipped++
		return false, nil
	}
	d.Nulled++
	for _, c := range columns {
		c.Null()
	}
	return true, nil
}

// Nulls appends the row of a message without a payload: a tombstone.
func Nulls(columns []*batch.Column) {
	for _, c := range columns {
		c.Null()
	}
}

// faulty says whether the message is at fault, and not a registry or the statement's
// end.
func faulty(err error) bool {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case pgerr.FdwUnableToEstablishConnection, pgerr.InvalidAuthorization, pgerr.QueryCanceled, pgerr.InternalError:
		return false
	}
	return true
}

// inColumn names the column of a fault.
func inColumn(f *Field, err error) error {
	var known *pgerr.Error
	if !errors.As(err, &known) || known.Column != "" {
		return err
	}
	e := *known
	e.Message = "column \"" + f.Name + "\": " + known.Message
	e.Column = f.Name
	return &e
}

// appendNull appends NULL unless the column is declared without.
func appendNull(f *Field, c *batch.Column) error {
	if f.NotNull {
		e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", f.Name)
		e.Column = f.Name
		return e
	}
	c.Null()
	return nil
}
