package wire

import (
	"encoding/binary"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// CopyIn implements session.Out.
func (o *portalOutput) CopyIn(binary bool, columns int) (session.CopyReader, error) {
	format, formats := copyFormats(binary, columns)
	if err := o.conn.send(&pgproto3.CopyInResponse{OverallFormat: format, ColumnFormatCodes: formats}); err != nil {
		return nil, err
	}
	if err := o.conn.flush(); err != nil {
		return nil, err
	}
	return &copyReader{conn: o.conn}, nil
}

// CopyOut implements session.Out.
func (o *portalOutput) CopyOut(binary bool, columns int) (session.CopyWriter, error) {
	format, formats := copyFormats(binary, columns)
	if err := o.conn.send(&pgproto3.CopyOutResponse{OverallFormat: format, ColumnFormatCodes: formats}); err != nil {
		return nil, err
	}
	return &copyWriter{conn: o.conn}, nil
}

func copyFormats(binary bool, columns int) (byte, []uint16) {
	formats := make([]uint16, columns)
	if !binary {
		return 0, formats
	}
	for i := range formats {
		formats[i] = 1
	}
	return 1, formats
}

// copyReader takes the client's COPY data.
type copyReader struct {
	conn *conn
	done bool
}

// Next implements session.CopyReader.
func (r *copyReader) Next() ([]byte, error) {
	if r.done {
		return nil, io.EOF
	}
	for {
		kind, body, err := r.conn.readMessage(frontendLimits)
		if err != nil {
			if pgerr.Code(err) == pgerr.ProtocolViolation && !isGone(err) {
				r.conn.fatal(err)
			}
			return nil, r.conn.lose("reading COPY data", err)
		}
		switch kind {
		case 'd':
			return body, nil
		case 'c':
			r.done = true
			return nil, io.EOF
		case 'f':
			r.done = true
			reason, err := decodeText(body)
			if err != nil {
				return nil, err
			}
			return nil, pgerr.New(pgerr.QueryCanceled, "COPY from stdin failed: %s", reason)
		case 'H', 'S':
			// Allowed during COPY, and ignored (manual 55.2.6).
		default:
			// Whatever follows may be anything: the connection ends after the error.
			r.conn.unsynced = true
			return nil, pgerr.New(pgerr.ProtocolViolation, "unexpected message type 0x%02X during COPY from stdin", kind)
		}
	}
}

// copyWriter sends COPY data to the client.
type copyWriter struct{ conn *conn }

// Write implements session.CopyWriter.
func (w *copyWriter) Write(p []byte) (int, error) {
	c := w.conn
	c.out = append(c.out, 'd')
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(p)+4))
	c.out = append(c.out, p...)
	return len(p), c.flushIfLarge()
}

// Close implements session.CopyWriter.
func (w *copyWriter) Close() error { return w.conn.send(&pgproto3.CopyDone{}) }
