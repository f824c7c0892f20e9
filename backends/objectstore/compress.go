package objectstore

import (
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// compressions are the endings of compressed texts' names, after the format's own.
var compressions = []struct {
	suffix, name string
	open         func(io.Reader) (io.ReadCloser, error)
}{
	{".gz", "gzip", func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{".zst", "zstd", openZstd},
	{".zstd", "zstd", openZstd},
	{".sz", "framed snappy", openSnappy},
	{".snappy", "framed snappy", openSnappy},
}

func openZstd(r io.Reader) (io.ReadCloser, error) {
	// One goroutine: parts are read side by side already. The window is bounded, since a
	// file's header may ask for any memory.
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

func openSnappy(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(snappy.NewReader(r)), nil }

// uncompressed is a key without the ending of its compression.
func uncompressed(key string) string {
	for _, c := range compressions {
		if base, ok := strings.CutSuffix(key, c.suffix); ok {
			return base
		}
	}
	return key
}

// decompress reads a body by the compression that its key tells.
func decompress(key string, body io.Reader) (io.ReadCloser, error) {
	for _, c := range compressions {
		if !strings.HasSuffix(key, c.suffix) {
			continue
		}
		plain, err := c.open(body)
		if err != nil {
			return nil, damaged(key, c.name, err)
		}
		return &plainReader{ReadCloser: plain, key: key, of: c.name}, nil
	}
	return io.NopCloser(body), nil
}

// plainReader names the file and its compression in errors.
type plainReader struct {
	io.ReadCloser
	key, of string
}

// Read implements io.Reader.
func (p *plainReader) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = damaged(p.key, p.of, err)
	}
	return n, err
}

// damaged is the error of a text that does not decompress; what the store said stays.
func damaged(key, of string, err error) error {
	if e := pgerr.From(err); e.Code != pgerr.InternalError {
		return err
	}
	return pgerr.New(pgerr.FdwError, "file %q is not whole %s: %v", key, of, err)
}
