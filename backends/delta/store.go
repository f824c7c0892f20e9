package delta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
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
	Key     string
	Size    int64
	ModTime time.Time
}

// list gives the objects whose keys begin with prefix, in key order.
func (s *store) list(ctx context.Context, prefix string) ([]object, error) {
	var found []object
	err := s.each(ctx, prefix, "", func(o *blob.ListObject) bool {
		if !o.IsDir {
			found = append(found, object{Key: o.Key, Size: o.Size, ModTime: o.ModTime})
		}
		return true
	})
	sort.Slice(found, func(i, j int) bool { return found[i].Key < found[j].Key })
	return found, err
}

// folders lists the folders directly below a prefix, without it and the slash.
func (s *store) folders(ctx context.Context, prefix string) ([]string, error) {
	var found []string
	err := s.each(ctx, prefix, "/", func(o *blob.ListObject) bool {
		if o.IsDir {
			found = append(found, strings.TrimSuffix(strings.TrimPrefix(o.Key, prefix), "/"))
		}
		return true
	})
	sort.Strings(found)
	return found, err
}

// holds says whether any key begins with prefix.
func (s *store) holds(ctx context.Context, prefix string) (found bool, err error) {
	err = s.each(ctx, prefix, "", func(*blob.ListObject) bool { found = true; return false })
	return found, err
}

func (s *store) each(ctx context.Context, prefix, delimiter string, visit func(*blob.ListObject) bool) error {
	bucket, err := s.open(ctx)
	if err != nil {
		return err
	}
	for it := bucket.List(&blob.ListOptions{Prefix: prefix, Delimiter: delimiter}); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return readError(prefix, err)
		}
		if !visit(o) {
			return nil
		}
	}
}

// get reads a whole object; found is false if there is none.
func (s *store) get(ctx context.Context, key string) (data []byte, at time.Time, found bool, err error) {
	bucket, err := s.open(ctx)
	if err != nil {
		return nil, at, false, err
	}
	r, err := bucket.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, at, false, nil
	}
	if err != nil {
		return nil, at, false, readError(key, err)
	}
	defer r.Close()
	if data, err = io.ReadAll(r); err != nil {
		return nil, at, false, readError(key, err)
	}
	return data, r.ModTime(), true, nil
}

// stat gives what a listing would show of an object; found is false if there is none.
func (s *store) stat(ctx context.Context, key string) (o object, found bool, err error) {
	bucket, err := s.open(ctx)
	if err != nil {
		return o, false, err
	}
	a, err := bucket.Attributes(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return o, false, nil
	}
	if err != nil {
		return o, false, readError(key, err)
	}
	return object{Key: key, Size: a.Size, ModTime: a.ModTime}, true, nil
}

// put writes an object, replacing one that is there.
func (s *store) put(ctx context.Context, key string, data []byte) error {
	bucket, err := s.open(ctx)
	if err != nil {
		return err
	}
	err = bucket.Upload(ctx, key, bytes.NewReader(data), &blob.WriterOptions{ContentType: contentType})
	return writeError(key, err)
}

const contentType = "application/octet-stream"

// putNew writes an object only if there is none of that key: the primitive that
// commits stand on. exists says that there was one.
func (s *store) putNew(ctx context.Context, key string, data []byte) (exists bool, err error) {
	bucket, err := s.open(ctx)
	if err != nil {
		return false, err
	}
	if s.local != "" {
		return s.linkNew(key, data)
	}
	// Upload, not NewWriter: Azure's writer panics when the condition does not hold.
	err = bucket.Upload(ctx, key, bytes.NewReader(data), &blob.WriterOptions{ContentType: contentType, IfNotExist: true})
	switch gcerrors.Code(err) {
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return true, nil
	}
	return false, writeError(key, err)
}

// linkNew is putNew for a folder. The bucket's own condition holds within one process
// only; a hard link fails if the name is there, whoever made it.
func (s *store) linkNew(key string, data []byte) (exists bool, err error) {
	name := filepath.Join(s.local, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return false, writeError(key, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".commit-*.tmp")
	if err != nil {
		return false, writeError(key, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	// Who may read the log is the folder's matter; CreateTemp would keep it private.
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err != nil {
		return false, writeError(key, err)
	}
	err = os.Link(temp.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return true, nil
	}
	return false, writeError(key, err)
}

// remove deletes objects; those that are gone already do not count.
func (s *store) remove(ctx context.Context, keys ...string) error {
	bucket, err := s.open(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return writeError(key, err)
		}
	}
	return nil
}

// removeFolder removes what is left of a folder whose objects are gone; a bucket has
// nothing there any more.
func (s *store) removeFolder(folder string) error {
	if s.local == "" {
		return nil
	}
	return writeError(folder, os.RemoveAll(filepath.Join(s.local, filepath.FromSlash(folder))))
}

// source is an open object.
type source interface {
	io.ReaderAt
	io.Closer
}

// openObject opens an object of a known size to be read in pieces. remote says that a
// read is a request.
func (s *store) openObject(ctx context.Context, key string, size int64) (src source, remote bool, err error) {
	bucket, err := s.open(ctx)
	if err != nil {
		return nil, false, err
	}
	if s.local != "" {
		f, err := os.Open(filepath.Join(s.local, filepath.FromSlash(key)))
		if err == nil {
			return f, false, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, false, readError(key, err)
		}
		// Keys with characters that fileblob escapes are only reached through it.
	}
	return &ranges{ctx: ctx, bucket: bucket, key: key, size: size}, true, nil
}

// ranges reads an object by range requests.
type ranges struct {
	ctx    context.Context //nolint:containedctx // lives as long as one read
	bucket *blob.Bucket
	key    string
	size   int64
}

func (r *ranges) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (r *ranges) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= r.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.size-offset)
	body, err := r.bucket.NewRangeReader(r.ctx, r.key, offset, want, nil)
	if err != nil {
		return 0, readError(r.key, err)
	}
	n, err := io.ReadFull(body, p[:want])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		_ = body.Close()
		return n, io.EOF // the object is shorter than the log says
	}
	if err := errors.Join(err, body.Close()); err != nil {
		return n, readError(r.key, err)
	}
	if want < int64(len(p)) {
		return n, io.EOF
	}
	return n, nil
}

// readError names the object that could not be read.
func readError(key string, err error) error {
	var known *pgerr.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist), gcerrors.Code(err) == gcerrors.NotFound:
		return pgerr.New(pgerr.FdwError, "file %q is gone", key).WithHint("Was the table vacuumed? Run the statement again.")
	case errors.Is(err, fs.ErrPermission), gcerrors.Code(err) == gcerrors.PermissionDenied:
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied for file %q", key)
	default:
		return pgerr.New(pgerr.IOError, "reading file %q: %v", key, err)
	}
}

// writeError names the object that could not be written; nil stays nil.
func writeError(key string, err error) error {
	var known *pgerr.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrPermission), gcerrors.Code(err) == gcerrors.PermissionDenied:
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied for file %q", key)
	default:
		return pgerr.New(pgerr.IOError, "writing file %q: %v", key, err)
	}
}

// inFile names the file in an error's message.
func inFile(key string, err error) error {
	e := pgerr.From(err)
	if e.Code == pgerr.QueryCanceled || e.Code == pgerr.IOError {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("file %q: %s", key, e.Message)
	return &named
}
