package objectstore

import (
	"bytes"
	"errors"
	"io"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// window is a growing view of a text: what is unread is data, and more asks for
// more of it. CSV records and JSON lines are cut from it without copying.
type window struct {
	src  io.Reader
	buf  []byte
	at   int // unread begins here
	eof  bool
	line int // lines before buf[at:], plus one
}

// longest is the longest record that is read; a text without line ends is not one.
const longest = 256 << 20

func newWindow(src io.Reader) (*window, error) {
	w := &window{src: src, line: 1}
	if err := w.more(); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(w.data(), []byte("\xef\xbb\xbf")) {
		w.at = 3
	}
	return w, nil
}

func (w *window) data() []byte { return w.buf[w.at:] }

// more adds to the data; at the end it sets eof.
func (w *window) more() error {
	if w.at > 0 {
		w.buf = w.buf[:copy(w.buf, w.buf[w.at:])]
		w.at = 0
	}
	if len(w.buf) > longest {
		return pgerr.New(pgerr.ProgramLimitExceeded, "a record of more than %d MB", longest>>20)
	}
	if cap(w.buf)-len(w.buf) < 64<<10 {
		grown := make([]byte, len(w.buf), max(2*cap(w.buf), 256<<10))
		copy(grown, w.buf)
		w.buf = grown
	}
	for tries := 0; ; tries++ {
		n, err := w.src.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			w.eof = true
			return nil
		case err != nil:
			return err
		case n > 0:
			return nil
		case tries > 100:
			return io.ErrNoProgress
		}
	}
}

// nextLine cuts the next line, without its end; ok is false at the end. It is valid
// until the next call.
func (w *window) nextLine() (line []byte, ok bool, err error) {
	searched := 0
	for {
		data := w.data()
		if end := bytes.IndexByte(data[searched:], '\n'); end >= 0 {
			end += searched
			w.at += end + 1
			return bytes.TrimSuffix(data[:end], []byte("\r")), true, nil
		}
		if w.eof {
			w.at = len(w.buf)
			return data, len(data) > 0, nil
		}
		searched = len(data)
		if err := w.more(); err != nil {
			return nil, false, err
		}
	}
}
