package wire

import (
	"bytes"
	"encoding/binary"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// reader takes a message's body apart. Its first fault sticks and everything after
// it reads as zero, so that decoders check once, at the end. The faults are worded
// as Postgres's own.
type reader struct {
	rest []byte
	err  *pgerr.Error
}

func (r *reader) fail(message string) {
	if r.err == nil {
		r.err = pgerr.New(pgerr.ProtocolViolation, "%s", message)
	}
	r.rest = nil
}

// take gives the next n bytes; they are the message's own.
func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.rest) {
		r.fail("insufficient data left in message")
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) int16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b)) //nolint:gosec // the protocol's integers are signed
	}
	return 0
}

// text is a string that ends with a zero byte.
func (r *reader) text() string {
	end := bytes.IndexByte(r.rest, 0)
	if r.err != nil || end < 0 {
		r.fail("invalid string in message")
		return ""
	}
	s := string(r.rest[:end])
	r.rest = r.rest[end+1:]
	return s
}

// count reads the number of items of at least size bytes each that follow, so that
// a false number claims no memory.
func (r *reader) count(size int) int {
	n := r.int16()
	if n*size > len(r.rest) {
		r.fail("insufficient data left in message")
		return 0
	}
	return n
}

// end is the outcome: nothing may be left.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail("invalid message format")
	}
	if r.err != nil {
		return r.err
	}
	return nil
}

// parseMessage is the body of Parse.
type parseMessage struct {
	name, query string
	types       []uint32
}

func decodeParse(body []byte) (m parseMessage, err error) {
	r := reader{rest: body}
	m.name, m.query = r.text(), r.text()
	for range r.count(4) {
		m.types = append(m.types, uint32(r.int32())) //nolint:gosec // OIDs are unsigned
	}
	return m, r.end()
}

// bindMessage is the body of Bind. Its values are copies: the session keeps them
// while the read buffer is used again.
type bindMessage struct {
	portal, statement           string
	paramFormats, resultFormats []int16
	params                      [][]byte
}

func decodeBind(body []byte) (m bindMessage, err error) {
	err = m.decode(bytes.Clone(body))
	return m, err
}

// decode reads the body of Bind into m, whose memory it uses again; the values are the
// body's own.
func (m *bindMessage) decode(body []byte) error {
	r := reader{rest: body}
	m.portal, m.statement = r.text(), r.text()
	m.paramFormats = r.formats(m.paramFormats)
	m.params = m.params[:0]
	for range r.count(4) {
		var value []byte
		if size := r.int32(); size != -1 {
			value = r.take(int(size))
		}
		m.params = append(m.params, value)
	}
	m.resultFormats = r.formats(m.resultFormats)
	return r.end()
}

// formats reads format codes into memory of before.
func (r *reader) formats(formats []int16) []int16 {
	formats = formats[:0]
	for range r.count(2) {
		formats = append(formats, int16(r.int16())) //nolint:gosec // the protocol's integers are signed
	}
	return formats
}

// decodeTarget reads the bodies of Describe and Close: 'S' or 'P', and a name.
func decodeTarget(body []byte) (kind byte, name string, err error) {
	r := reader{rest: body}
	kind, name = r.byte(), r.text()
	return kind, name, r.end()
}

// decodeExecute reads the body of Execute. No limit is 0; Postgres takes negative
// ones for that too.
func decodeExecute(body []byte) (portal string, maxRows int, err error) {
	r := reader{rest: body}
	portal, maxRows = r.text(), max(int(r.int32()), 0)
	return portal, maxRows, r.end()
}

// decodeText reads a body that is one string: Query, CopyFail.
func decodeText(body []byte) (string, error) {
	r := reader{rest: body}
	text := r.text()
	return text, r.end()
}

// decodeSASLInitial reads the first SASL answer: the mechanism's name and its data.
func decodeSASLInitial(body []byte) (mechanism, data string, err error) {
	r := reader{rest: body}
	mechanism = r.text()
	if size := r.int32(); size != -1 {
		data = string(r.take(int(size)))
	}
	return mechanism, data, r.end()
}
