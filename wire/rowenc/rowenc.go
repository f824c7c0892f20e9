// Package rowenc turns Arrow batches into DataRow messages, in the text and the
// binary formats. An Encoder is made once per result; per batch it binds its
// columns to the batch's raw slices and appends whole messages to one buffer that
// the caller owns, without allocating per row.
//
// It knows no socket and no message but DataRow, and it does not decide formats.
package rowenc

import (
	"encoding/binary"
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

// Append appends one DataRow message for each of the rows [from, to) of batch,
// whose columns match the fields. On an error dst comes back as it was given.
func (e *Encoder) Append(dst []byte, batch arrow.RecordBatch, from, to int) ([]byte, error) {
	if int(batch.NumCols()) != len(e.columns) {
		return dst, pgerr.Internal("a batch of %d columns for a result of %d", batch.NumCols(), len(e.columns))
	}
	for i := range e.columns {
		e.columns[i].bind(batch.Column(i))
	}
	start := len(dst)
	var err error
	for row := from; row < to; row++ {
		if dst, err = e.row(dst, row); err != nil {
			return dst[:start], err
		}
	}
	return dst, nil
}

func (e *Encoder) row(dst []byte, row int) ([]byte, error) {
	head := len(dst)
	dst = append(dst, 'D', 0, 0, 0, 0, byte(len(e.columns)>>8), byte(len(e.columns)))
	for i := range e.columns {
		c := &e.columns[i]
		if c.isNull(row) {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		var err error
		if dst, err = c.append(append(dst, 0, 0, 0, 0), row); err != nil {
			return dst, err
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	size := len(dst) - head - 1
	if size > math.MaxInt32 {
		return dst, pgerr.New(pgerr.ProgramLimitExceeded, "row of %d bytes is too large for a message", size)
	}
	binary.BigEndian.PutUint32(dst[head+1:], uint32(size))
	return dst, nil
}
