package payload

import (
	"context"

	"github.com/sqlgateway/gateway/internal/batch"
)

// rawDecoder gives the message as it is. All columns are the one that there is.
type rawDecoder struct{}

func (rawDecoder) decode(_ context.Context, message []byte, out []*batch.Column) error {
	for _, c := range out {
		c.Bytes(message)
	}
	return nil
}

// textDecoder reads the whole message as one value's text.
type textDecoder struct {
	fields    []Field
	appenders []batch.TextAppender
}

func newTextDecoder(fields []Field) *textDecoder {
	d := &textDecoder{fields: fields}
	for _, f := range fields {
		d.appenders = append(d.appenders, batch.AppenderOfText(f.Type))
	}
	return d
}

func (d *textDecoder) decode(_ context.Context, message []byte, out []*batch.Column) error {
	for i, c := range out {
		if err := d.appenders[i](c, message); err != nil {
			return inColumn(&d.fields[i], err)
		}
	}
	return nil
}
