package bucket

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Store is a bucket, or a folder of one, opened at first use.
type Store struct {
	url      string // as configured, "" with a location
	location *Location
	address  string
	env      backends.Env

	mu     sync.Mutex
	bucket *blob.Bucket
	closed bool
	local  string
	// transport is the store's own, so that closing it leaves no connection behind.
	transport *http.Transport
	// secrets are the resolved ones, which no message may hold.
	secrets []string
}

// Open makes a store of a valid URL or Location and connects to nothing.
func Open(location string, l *Location, env backends.Env) *Store {
	s := &Store{url: location, location: l, env: env.WithDefaults()}
	s.address = addressOf(location)
	if l != nil {
		s.address, _ = l.address()
	}
	return s
}

// addressOf is a URL without user information and query, which may hold keys.
func addressOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Scheme == "" {
		return location
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

// Address is the store for people: without keys.
func (s *Store) Address() string { return s.address }

// Bucket gives the bucket; its keys begin below the prefix.
func (s *Store) Bucket(ctx context.Context) (*blob.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, pgerr.New(pgerr.ConnectionException, "the backend is closed")
	}
	if s.bucket != nil {
		return s.bucket, nil
	}
	bucket, err := s.open(ctx)
	if err != nil {
		return nil, s.openError(err)
	}
	s.bucket = bucket
	return bucket, nil
}

// Local is the folder of an open store of files, whose files may be read directly; ""
// for any other store.
func (s *Store) Local() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.local
}

// Close closes the bucket and its connections.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.bucket == nil {
		return nil
	}
	err := s.bucket.Close()
	s.bucket = nil
	if s.transport != nil {
		s.transport.CloseIdleConnections()
	}
	return err
}

func (s *Store) open(ctx context.Context) (*blob.Bucket, error) {
	l := s.location
	if l == nil {
		switch Scheme(s.url) {
		case "file":
			l = &Location{Local: &Local{RootDir: s.url}}
		case "mem":
			return memblob.OpenBucket(nil), nil
		default:
			parsed, err := parse(s.url)
			if err != nil {
				return nil, err
			}
			l = parsed
		}
	}
	if l.Local != nil {
		return s.openFolder(folderOf(l.Local.RootDir, s.env.Folder))
	}
	s.transport = newTransport()
	var bucket *blob.Bucket
	var err error
	switch {
	case l.S3 != nil:
		bucket, err = s.openS3(ctx, l.S3)
	case l.GCS != nil:
		bucket, err = s.openGCS(ctx, l.GCS)
	default:
		bucket, err = s.openAzure(ctx, l.Azure)
	}
	if err != nil {
		return nil, err
	}
	if _, prefix := l.address(); prefix != "" {
		bucket = blob.PrefixedBucket(bucket, prefix)
	}
	return bucket, nil
}

func (s *Store) openFolder(folder string) (*blob.Bucket, error) {
	// Sidecar files with attributes would look like data to other readers of the folder.
	bucket, err := fileblob.OpenBucket(folder, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	if err == nil {
		s.local = folder
	}
	return bucket, err
}

// secret resolves one, and remembers it for redaction.
func (s *Store) secret(ctx context.Context, secret backends.Secret) (string, error) {
	if secret.IsZero() {
		return "", nil
	}
	text, err := secret.Resolve(ctx, s.env.Secrets)
	if err == nil && len(text) > 3 {
		s.secrets = append(s.secrets, text)
	}
	return text, err
}
