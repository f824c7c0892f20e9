package delta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// store is the bucket of a backend, opened at first use.
type store struct{ *bucket.Store }

// object is one stored file as a listing shows it.
type object struct {
	Key     string
	Size    int64
	ModTime time.Time
}

// list gives the objects whose keys begin with prefix, in key order.
func (s *store) list(ctx context.Context, prefix string) ([]object, error) {
	listed, err := s.listing(ctx, prefix, "", -1)
	var found []object
	for _, o := range listed {
		if !o.IsDir {
			found = append(found, object{Key: o.Key, Size: o.Size, ModTime: o.ModTime})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Key < found[j].Key })
	return found, err
}

// folders lists the folders directly below a prefix, without it and the slash.
func (s *store) folders(ctx context.Context, prefix string) ([]string, error) {
	listed, err := s.listing(ctx, prefix, "/", -1)
	var found []string
	for _, o := range listed {
		if o.IsDir {
			found = append(found, strings.TrimSuffix(strings.TrimPrefix(o.Key, prefix), "/"))
		}
	}
	sort.Strings(found)
	return found, err
}

// holds says whether any key begins with prefix.
func (s *store) holds(ctx context.Context, prefix string) (bool, error) {
	listed, err := s.listing(ctx, prefix, "", 1)
	return len(listed) > 0, err
}

// mostListings is how often a listing is begun again.
const mostListings = 20

// listing lists at most most objects, all for -1. In a folder a file may go while it is
// listed, as those do that a writer has not given their names yet: the listing is then
// begun again.
func (s *store) listing(ctx context.Context, prefix, delimiter string, most int) ([]*blob.ListObject, error) {
	for attempt := 1; ; attempt++ {
		found, err := s.listOnce(ctx, prefix, delimiter, most)
		if err == nil || s.Local() == "" || !bucket.NotFound(err) || attempt == mostListings {
			if err != nil {
				err = s.readError(prefix, err)
			}
			return found, err
		}
	}
}

func (s *store) listOnce(ctx context.Context, prefix, delimiter string, most int) ([]*blob.ListObject, error) {
	opened, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	var found []*blob.ListObject
	for it := opened.List(&blob.ListOptions{Prefix: prefix, Delimiter: delimiter}); len(found) != most; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, o)
	}
	return found, nil
}

// get reads a whole object; found is false if there is none.
func (s *store) get(ctx context.Context, key string) (data []byte, at time.Time, found bool, err error) {
	opened, err := s.Bucket(ctx)
	if err != nil {
		return nil, at, false, err
	}
	r, err := opened.NewReader(ctx, key, nil)
	if err != nil && bucket.NotFound(err) {
		return nil, at, false, nil
	}
	if err != nil {
		return nil, at, false, s.readError(key, err)
	}
	defer r.Close()
	if data, err = io.ReadAll(r); err != nil {
		return nil, at, false, s.readError(key, err)
	}
	return data, r.ModTime(), true, nil
}

// stat gives what a listing would show of an object; found is false if there is none.
func (s *store) stat(ctx context.Context, key string) (o object, found bool, err error) {
	opened, err := s.Bucket(ctx)
	if err != nil {
		return o, false, err
	}
	a, err := opened.Attributes(ctx, key)
	if err != nil && bucket.NotFound(err) {
		return o, false, nil
	}
	if err != nil {
		return o, false, s.readError(key, err)
	}
	return object{Key: key, Size: a.Size, ModTime: a.ModTime}, true, nil
}

// put writes an object, replacing one that is there.
func (s *store) put(ctx context.Context, key string, data []byte) error {
	opened, err := s.Bucket(ctx)
	if err != nil {
		return err
	}
	err = opened.Upload(ctx, key, bytes.NewReader(data), &blob.WriterOptions{ContentType: bucket.ContentType})
	return s.writeError(key, err)
}

// putNew writes an object only if there is none of that key: the primitive that
// commits stand on. exists says that there was one.
func (s *store) putNew(ctx context.Context, key string, data []byte) (exists bool, err error) {
	opened, err := s.Bucket(ctx)
	if err != nil {
		return false, err
	}
	if s.Local() != "" {
		return s.linkNew(key, data)
	}
	// Upload, not NewWriter: Azure's writer panics when the condition does not hold.
	err = opened.Upload(ctx, key, bytes.NewReader(data), &blob.WriterOptions{ContentType: bucket.ContentType, IfNotExist: true})
	switch gcerrors.Code(err) {
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return true, nil
	}
	return false, s.writeError(key, err)
}

// linkNew is putNew for a folder. The bucket's own condition holds within one process
// only; a hard link fails if the name is there, whoever made it.
func (s *store) linkNew(key string, data []byte) (exists bool, err error) {
	name := filepath.Join(s.Local(), filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return false, s.writeError(key, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".commit-*.tmp")
	if err != nil {
		return false, s.writeError(key, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	// Who may read the log is the folder's matter; CreateTemp would keep it private.
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err != nil {
		return false, s.writeError(key, err)
	}
	err = os.Link(temp.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return true, nil
	}
	return false, s.writeError(key, err)
}

// remove deletes objects; those that are gone already do not count.
func (s *store) remove(ctx context.Context, keys ...string) error {
	opened, err := s.Bucket(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := opened.Delete(ctx, key); err != nil && !bucket.NotFound(err) {
			return s.writeError(key, err)
		}
	}
	return nil
}

// removeFolder removes what is left of a folder whose objects are gone; a bucket has
// nothing there any more.
func (s *store) removeFolder(folder string) error {
	if s.Local() == "" {
		return nil
	}
	return s.writeError(folder, os.RemoveAll(filepath.Join(s.Local(), filepath.FromSlash(folder))))
}

// source is an open object.
type source interface {
	io.ReaderAt
	io.Closer
}

// openObject opens an object of a known size to be read in pieces. remote says that a
// read is a request.
func (s *store) openObject(ctx context.Context, key string, size int64) (src source, remote bool, err error) {
	if _, err := s.Bucket(ctx); err != nil {
		return nil, false, err
	}
	if s.Local() != "" {
		f, err := os.Open(filepath.Join(s.Local(), filepath.FromSlash(key)))
		if err == nil {
			return f, false, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, false, s.readError(key, err)
		}
		// Keys with characters that fileblob escapes are only reached through it.
	}
	return &ranges{ctx: ctx, store: s, key: key, size: size}, true, nil
}

// ranges reads an object by range requests.
type ranges struct {
	ctx   context.Context //nolint:containedctx // lives as long as one read
	store *store
	key   string
	size  int64
}

func (r *ranges) Close() error { return nil }

// ReadAt implements io.ReaderAt.
func (r *ranges) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= r.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.size-offset)
	n, err := r.store.ReadAt(r.ctx, r.key, p[:want], offset)
	if err == nil && want < int64(len(p)) {
		err = io.EOF
	}
	return n, err
}

// readError names the object that could not be read.
func (s *store) readError(key string, err error) error {
	if bucket.NotFound(err) {
		return pgerr.New(pgerr.FdwError, "file %q is gone", key).WithHint("Was the table vacuumed? Run the statement again.")
	}
	return s.Error("reading", key, err)
}

// writeError names the object that could not be written; nil stays nil.
func (s *store) writeError(key string, err error) error { return s.Error("writing", key, err) }

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
