package bucket

import (
	"context"
	"errors"
	"io"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// resumes is how often a broken body is asked for again.
const resumes = 4

// ReadAt reads a piece of an object by range requests. A body that breaks off is
// continued. It is for remote stores; files are read directly.
func (s *Store) ReadAt(ctx context.Context, key string, p []byte, offset int64) (n int, err error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return 0, err
	}
	for attempt := 0; ; attempt++ {
		var body *blob.Reader
		if body, err = bucket.NewRangeReader(ctx, key, offset+int64(n), int64(len(p)-n), nil); err != nil {
			return n, s.Error("reading", key, err)
		}
		more, err := io.ReadFull(body, p[n:])
		_ = body.Close()
		n += more
		if err == nil {
			return n, nil
		}
		if attempt == resumes || !broken(ctx, err) {
			return n, s.Error("reading", key, err)
		}
		pause(ctx, attempt)
	}
}

// broken says that a body ended too early for a reason that may pass.
func broken(ctx context.Context, err error) bool {
	return ctx.Err() == nil && gcerrors.Code(err) != gcerrors.NotFound && gcerrors.Code(err) != gcerrors.PermissionDenied
}

func pause(ctx context.Context, attempt int) {
	timer := time.NewTimer(firstPause << attempt / 4)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// NewReader streams an object of a known size from its beginning, and continues where a
// body breaks off.
func (s *Store) NewReader(ctx context.Context, key string, size int64) (io.ReadCloser, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	body, err := bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, s.Error("reading", key, err)
	}
	return &stream{ctx: ctx, store: s, bucket: bucket, key: key, size: size, body: body}, nil
}

type stream struct {
	ctx    context.Context
	store  *Store
	bucket *blob.Bucket
	key    string
	size   int64
	at     int64
	breaks int
	body   *blob.Reader
}

// Read implements io.Reader.
func (r *stream) Read(p []byte) (int, error) {
	for {
		n, err := r.body.Read(p)
		r.at += int64(n)
		if n > 0 || err == nil {
			return n, nil
		}
		if errors.Is(err, io.EOF) && r.at >= r.size {
			return 0, io.EOF
		}
		if r.breaks++; r.breaks > resumes || !broken(r.ctx, err) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, r.store.Error("reading", r.key, err)
		}
		pause(r.ctx, r.breaks-1)
		was := r.body.ModTime()
		body, again := r.bucket.NewRangeReader(r.ctx, r.key, r.at, -1, nil)
		if again != nil {
			return 0, r.store.Error("reading", r.key, again)
		}
		_ = r.body.Close()
		if r.body = body; !body.ModTime().Equal(was) {
			return 0, pgerr.New(pgerr.FdwError, "file %q changed while it was read", r.key).WithHint("Run the statement again.")
		}
	}
}

// Close implements io.Closer.
func (r *stream) Close() error { return r.body.Close() }
