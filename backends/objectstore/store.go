package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// store is the bucket of a backend, opened at first use.
type store struct{ *bucket.Store }

// object is one stored file as a listing shows it.
type object struct {
	Key     string    `json:"key"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"time"`
}

// version tells two contents of a key apart.
func (o *object) version() string {
	return fmt.Sprintf("%s|%d|%d", o.Key, o.Size, o.ModTime.UnixNano())
}

// source is an open object.
type source interface {
	io.ReaderAt
	io.Closer
}

// openObject opens an object to be read in pieces. It fails if the object is no
// longer the one listed.
func (s *store) openObject(ctx context.Context, o *object) (source, error) {
	if _, err := s.Bucket(ctx); err != nil {
		return nil, err
	}
	if local := s.Local(); local != "" {
		f, err := os.Open(filepath.Join(local, filepath.FromSlash(o.Key)))
		if err == nil {
			return sameFile(f, o)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, s.readError(o.Key, err)
		}
		// Keys with characters that fileblob escapes are only reached through it.
	}
	return &ranges{ctx: ctx, store: s, object: o}, nil
}

func sameFile(f *os.File, o *object) (source, error) {
	info, err := f.Stat()
	if err == nil && (info.Size() != o.Size || !info.ModTime().Equal(o.ModTime)) {
		err = pgerr.New(pgerr.FdwError, "file %q changed while it was read", o.Key).WithHint("Run the statement again.")
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// ranges reads an object by range requests.
type ranges struct {
	ctx    context.Context
	store  *store
	object *object
}

func (r *ranges) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (r *ranges) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= r.object.Size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.object.Size-offset)
	n, err := r.store.ReadAt(r.ctx, r.object.Key, p[:want], offset)
	if err != nil {
		return n, err
	}
	if want < int64(len(p)) {
		return n, io.EOF
	}
	return n, nil
}

// readError names the file that could not be read.
func (s *store) readError(key string, err error) error { return s.Error("reading", key, err) }
