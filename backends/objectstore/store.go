package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/gcerrors"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// opener makes the bucket of one URL scheme. A further store is one more line in
// openers.
type opener struct {
	scheme string
	open   func(ctx context.Context, location string, s *store) (*blob.Bucket, error)
}

func openers() []opener {
	return []opener{{"file", openFolder}, {"mem", openMemory}}
}

func findOpener(scheme string) *opener {
	for _, o := range openers() {
		if o.scheme == scheme {
			return &o
		}
	}
	return nil
}

func schemes() string {
	var names []string
	for _, o := range openers() {
		names = append(names, o.scheme+"://")
	}
	return strings.Join(names, ", ")
}

// store is the bucket of a backend, opened at first use.
type store struct {
	location string // as configured
	folder   string // where relative folders start

	mu     sync.Mutex
	bucket *blob.Bucket
	closed bool
	// local is the folder of a file:// store: its files are read directly.
	local string
}

func openFolder(_ context.Context, location string, s *store) (*blob.Bucket, error) {
	folder := folderOf(location, s.folder)
	// Sidecar files with attributes would look like data to other readers of the folder.
	bucket, err := fileblob.OpenBucket(folder, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	if err == nil {
		s.local = folder
	}
	return bucket, err
}

// folderOf is the folder that a location names: file:///data, file://./data, data.
func folderOf(location, base string) string {
	if u, err := url.Parse(location); err == nil && u.Scheme == "file" {
		location = filepath.FromSlash(u.Host + u.Path)
	}
	if !filepath.IsAbs(location) {
		location = filepath.Join(base, location)
	}
	return location
}

func openMemory(context.Context, string, *store) (*blob.Bucket, error) {
	return memblob.OpenBucket(nil), nil
}

// open gives the bucket.
func (s *store) open(ctx context.Context) (*blob.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, pgerr.New(pgerr.ConnectionException, "the backend is closed")
	}
	if s.bucket != nil {
		return s.bucket, nil
	}
	found := findOpener(schemeOf(s.location))
	if found == nil {
		return nil, pgerr.Unsupported("no %s:// stores in this build", schemeOf(s.location))
	}
	bucket, err := found.open(ctx, s.location, s)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "opening %s: %v", s.address(), err)
	}
	s.bucket = bucket
	return bucket, nil
}

func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.bucket == nil {
		return nil
	}
	err := s.bucket.Close()
	s.bucket = nil
	return err
}

// address is the location without user information and query, which may hold keys.
func (s *store) address() string {
	u, err := url.Parse(s.location)
	if err != nil || u.Scheme == "" {
		return s.location
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

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
	bucket, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if s.local != "" {
		f, err := os.Open(filepath.Join(s.local, filepath.FromSlash(o.Key)))
		if err == nil {
			return sameFile(f, o)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, readError(o.Key, err)
		}
		// Keys with characters that fileblob escapes are only reached through it.
	}
	return &ranges{ctx: ctx, bucket: bucket, object: o}, nil
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
	bucket *blob.Bucket
	object *object
}

func (r *ranges) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (r *ranges) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= r.object.Size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.object.Size-offset)
	body, err := r.bucket.NewRangeReader(r.ctx, r.object.Key, offset, want, nil)
	if err != nil {
		return 0, readError(r.object.Key, err)
	}
	n, err := io.ReadFull(body, p[:want])
	if err := errors.Join(err, body.Close()); err != nil {
		return n, readError(r.object.Key, err)
	}
	if want < int64(len(p)) {
		return n, io.EOF
	}
	return n, nil
}

// readError names the file that could not be read.
func readError(key string, err error) error {
	var known *pgerr.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist), gcerrors.Code(err) == gcerrors.NotFound:
		return pgerr.New(pgerr.FdwError, "file %q is gone", key).WithHint("Run the statement again.")
	case errors.Is(err, fs.ErrPermission), gcerrors.Code(err) == gcerrors.PermissionDenied:
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied for file %q", key)
	default:
		return pgerr.New(pgerr.IOError, "reading file %q: %v", key, err)
	}
}
