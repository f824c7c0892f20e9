package bucket

import (
	"context"
	"errors"
	"io"

	"gocloud.dev/blob"
)

// ContentType is that of every object written.
const ContentType = "application/octet-stream"

// Writer writes one object, which appears whole at Close or not at all. It goes through
// Bucket.Upload, since Azure's own writer panics when an upload fails.
type Writer struct {
	store *Store
	key   string
	pipe  *io.PipeWriter
	done  chan error
	stop  context.CancelFunc
}

// errAborted ends an upload that is given up.
var errAborted = errors.New("the upload was given up")

// NewWriter begins an object. Close or Abort ends it.
func (s *Store) NewWriter(ctx context.Context, key string) (*Writer, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	from, to := io.Pipe()
	w := &Writer{store: s, key: key, pipe: to, done: make(chan error, 1), stop: stop}
	go func() {
		err := bucket.Upload(ctx, key, from, &blob.WriterOptions{ContentType: ContentType})
		_ = from.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // a writer that still writes ends
		w.done <- err
	}()
	return w, nil
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.pipe.Write(p)
	return n, w.store.Error("writing", w.key, err)
}

// Close finishes the object.
func (w *Writer) Close() error {
	_ = w.pipe.Close()
	err := <-w.done
	w.stop()
	return w.store.Error("writing", w.key, err)
}

// Abort gives the object up; nothing of it stays.
func (w *Writer) Abort() {
	w.stop()
	_ = w.pipe.CloseWithError(errAborted)
	<-w.done
}
