// Package rowenc turns Arrow batches into DataRow messages, in the text and the
// binary formats. An Encoder is made once per result; per batch it binds its
// columns to the batch's raw slices and appends whole messages to one buffer that
// the caller owns, without allocating per row.
//
// It works by chunks of rows and, within one, by columns: first every value's length,
// which gives every value's place, then the values. A column's loop knows its type,
// so there is no choice per value, and no append that looks at the room left.
//
// It knows no socket and no message but DataRow, and it does not decide formats.
package rowenc

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
)

// Encoder encodes the rows of one result. It is not safe for concurrent use.
type Encoder struct {
	columns []column
	style   pgtypes.Style
	chunk   chunk

	at, end int // rows of the bound batch that are still to be encoded
}

// New makes an encoder of rows with these fields; each field's Format rules its
// column.
func New(fields []session.Field, style pgtypes.Style) *Encoder {
	e := &Encoder{columns: make([]column, len(fields)), style: style}
	for i, f := range fields {
		e.columns[i] = column{typ: f.Type, binary: f.Format == 1, style: &e.style}
	}
	return e
}

// Bind begins with the rows of batch, whose columns match the fields. It is used until
// the last of them is encoded, or the next Bind.
func (e *Encoder) Bind(batch arrow.RecordBatch) error {
	if int(batch.NumCols()) != len(e.columns) {
		return pgerr.Internal("a batch of %d columns for a result of %d", batch.NumCols(), len(e.columns))
	}
	for i := range e.columns {
		e.columns[i].bind(batch.Column(i))
	}
	e.at, e.end = 0, int(batch.NumRows())
	return nil
}

// More says whether rows of the bound batch are still to be encoded.
func (e *Encoder) More() bool { return e.at < e.end }

// Append appends DataRow messages of the bound batch until dst holds size bytes or
// more, or no row is left. On an error the rows before the one at fault are in dst.
func (e *Encoder) Append(dst []byte, size int) ([]byte, error) {
	for e.at < e.end && len(dst) < size {
		out, rows, err := e.chunk.append(dst, e.columns, e.at, e.end)
		if err != nil {
			return dst, err
		}
		dst = out
		e.at += rows
	}
	return dst, nil
}

// AppendAll appends one DataRow message for each row of batch.
func (e *Encoder) AppendAll(dst []byte, batch arrow.RecordBatch) ([]byte, error) {
	if err := e.Bind(batch); err != nil {
		return dst, err
	}
	return e.Append(dst, math.MaxInt)
}
