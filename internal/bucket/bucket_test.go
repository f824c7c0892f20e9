package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"gocloud.dev/blob"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// faulty is a server with faults before it.
type faulty struct {
	next http.Handler

	mu    sync.Mutex
	fault func(w http.ResponseWriter, r *http.Request) bool // true: answered
	seen  int
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.seen++
	fault := f.fault
	f.mu.Unlock()
	if fault == nil || !fault(w, r) {
		f.next.ServeHTTP(w, r)
	}
}

// set puts a fault before the server and counts from 0.
func (f *faulty) set(fault func(w http.ResponseWriter, r *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.seen = fault, 0
}

// answer fails so many requests with a status and a body.
func answer(times, status int, body string) func(http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 {
			return false
		}
		times--
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// cut breaks off so many bodies after half their bytes.
func (f *faulty) cut(times int) func(http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 || r.Method != http.MethodGet {
			return false
		}
		times--
		whole := httptest.NewRecorder()
		f.next.ServeHTTP(whole, r)
		for name, values := range whole.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

const secretText = "c2VjcmV0LW9mLXRoZS10ZXN0"

func fakeS3(t *testing.T) (*faulty, *Location) {
	memory := s3mem.New()
	if err := memory.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	f := &faulty{next: gofakes3.New(memory).Server()}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, &Location{S3: &S3{
		Bucket: "files", Prefix: "lake", Endpoint: server.URL, Region: "eu-central-1",
		AccessKey: backends.NewSecret("AKIAKEY"), SecretKey: backends.NewSecret(secretText),
	}}
}

func fakeGCS(t *testing.T) (*faulty, *Location) {
	fake, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener: true, InitialObjects: []fakestorage.Object{{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: "files", Name: "other"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Stop)
	f := &faulty{next: fake.HTTPHandler()}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, &Location{GCS: &GCS{Bucket: "files", Prefix: "lake", Endpoint: server.URL, Anonymous: true}}
}

// services runs a test over each remote service that there is a double of.
func services(t *testing.T, test func(t *testing.T, f *faulty, l *Location)) {
	t.Run("s3", func(t *testing.T) { f, l := fakeS3(t); test(t, f, l) })
	t.Run("gcs", func(t *testing.T) { f, l := fakeGCS(t); test(t, f, l) })
}

func open(t *testing.T, l *Location) *Store {
	t.Helper()
	if faults := Validate("", l); len(faults) > 0 {
		t.Fatal(faults)
	}
	s := Open("", l, backends.Env{})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// stored writes, reads back in every way, and lists.
func stored(t *testing.T, s *Store) {
	t.Helper()
	content := bytes.Repeat([]byte("0123456789"), 10_000)
	put(t, s, "folder/a b+ü.csv", content)
	body, err := s.NewReader(t.Context(), "folder/a b+ü.csv", int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(whole, content) {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
	piece := make([]byte, 40_000)
	if n, err := s.ReadAt(t.Context(), "folder/a b+ü.csv", piece, 7); err != nil || !bytes.Equal(piece[:n], content[7:40_007]) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	bucket, err := s.Bucket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o, err := bucket.List(&blob.ListOptions{Prefix: "folder/"}).Next(t.Context())
	if err != nil || o.Key != "folder/a b+ü.csv" || o.Size != int64(len(content)) {
		t.Fatalf("%+v, %v", o, err)
	}
	_, err = s.NewReader(t.Context(), "nothing", 1)
	same(t, err, pgerr.FdwError, `file "nothing" is gone`)
	w, err := s.NewWriter(t.Context(), "given-up")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(content)
	w.Abort()
	if there, err := bucket.Exists(t.Context(), "given-up"); there || err != nil {
		t.Fatalf("an aborted object is there: %v, %v", there, err)
	}
}

func put(t *testing.T, s *Store, key string, content []byte) {
	t.Helper()
	w, err := s.NewWriter(t.Context(), key)
	if err == nil {
		_, err = w.Write(content)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, err error, code, message string) {
	t.Helper()
	var known *pgerr.Error
	if !errors.As(err, &known) || known.Code != code || !strings.Contains(known.Message, message) {
		t.Errorf("got %v, want %s with %q", err, code, message)
	}
	if text := fmt.Sprintf("%+v %#v", err, known); strings.Contains(text, secretText) {
		t.Errorf("the secret shows: %s", text)
	}
}

func TestStores(t *testing.T) {
	t.Run("file", func(t *testing.T) { stored(t, open(t, &Location{Local: &Local{RootDir: t.TempDir()}})) })
	services(t, func(t *testing.T, f *faulty, l *Location) {
		s := open(t, l)
		if f.seen > 0 {
			t.Errorf("opening sent %d requests", f.seen)
		}
		stored(t, s)
	})
	t.Run("azure", func(t *testing.T) { stored(t, open(t, azurite(t))) })
}

// azurite makes a container in Azurite.
func azurite(t *testing.T) *Location {
	endpoint := os.Getenv("GATEWAY_TEST_AZURITE")
	if endpoint == "" {
		t.Skip("GATEWAY_TEST_AZURITE is not set")
	}
	// The account and the key that every Azurite has.
	l := &Location{Azure: &Azure{
		Account: "devstoreaccount1", Container: "c" + strconv.FormatInt(time.Now().UnixNano(), 36), Prefix: "lake", Endpoint: endpoint,
		AccountKey: backends.NewSecret("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
	}}
	if err := CreateContainer(t.Context(), Open("", l, backends.Env{}), l.Azure); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestThrottled(t *testing.T) {
	services(t, func(t *testing.T, f *faulty, l *Location) {
		s := open(t, l)
		content := bytes.Repeat([]byte("0123456789"), 1000)
		put(t, s, "a", content)
		for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusInternalServerError} {
			f.set(answer(2, status, "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"))
			got := make([]byte, len(content))
			if _, err := s.ReadAt(t.Context(), "a", got, 0); err != nil || !bytes.Equal(got, content) {
				t.Errorf("status %d: %v", status, err)
			}
		}
		f.set(answer(-1, http.StatusServiceUnavailable, "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"))
		ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer stop()
		start := time.Now()
		if _, err := s.ReadAt(ctx, "a", make([]byte, 10), 0); err == nil || time.Since(start) > 5*time.Second {
			t.Errorf("a cancelled read ended with %v after %v", err, time.Since(start))
		}
		f.set(nil)
	})
}

func TestTruncated(t *testing.T) {
	services(t, func(t *testing.T, f *faulty, l *Location) {
		s := open(t, l)
		content := bytes.Repeat([]byte("0123456789"), 10_000)
		put(t, s, "a", content)
		f.set(f.cut(2))
		got := make([]byte, len(content))
		if _, err := s.ReadAt(t.Context(), "a", got, 0); err != nil || !bytes.Equal(got, content) {
			t.Errorf("a piece: %v", err)
		}
		f.set(f.cut(2))
		body, err := s.NewReader(t.Context(), "a", int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		if got, err = io.ReadAll(body); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %v", len(got), err)
		}
	})
}

// TestRefused: what a service says of credentials and buckets.
func TestRefused(t *testing.T) {
	f, l := fakeS3(t)
	for _, c := range []struct {
		status          int
		body, code, say string
	}{
		{403, "<Error><Code>ExpiredToken</Code><Message>expired " + secretText + "</Message></Error>", pgerr.InvalidAuthorization, "the credentials of s3://files/lake have expired"},
		{403, "<Error><Code>InvalidAccessKeyId</Code><Message>no such key " + secretText + "</Message></Error>", pgerr.InvalidAuthorization, "are not accepted"},
		{403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", pgerr.InvalidAuthorization, "are not accepted"},
		{403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", pgerr.InsufficientPrivilege, `permission denied for file "a"`},
		{404, "<Error><Code>NoSuchBucket</Code></Error>", pgerr.FdwUnableToEstablishConnection, "the bucket of s3://files/lake does not exist"},
		{404, "<Error><Code>NoSuchKey</Code></Error>", pgerr.FdwError, `file "a" is gone`},
		{400, "<Error><Code>Odd</Code><Message>odd " + secretText + "</Message></Error>", pgerr.IOError, `reading file "a": Odd odd [redacted]`},
	} {
		f.set(answer(-1, c.status, c.body))
		s := open(t, l)
		_, err := s.ReadAt(t.Context(), "a", make([]byte, 10), 0)
		same(t, err, c.code, c.say)
	}
	s := open(t, &Location{GCS: &GCS{Bucket: "files", Endpoint: "http://127.0.0.1:1", Anonymous: true}})
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	if _, err := s.ReadAt(ctx, "a", make([]byte, 10), 0); err == nil {
		t.Error("nobody answers")
	}
	gone := *l.S3
	gone.Bucket = "missing"
	_, err := open(t, &Location{S3: &gone}).NewReader(t.Context(), "a", 1)
	if f.set(nil); err == nil {
		t.Error("a missing bucket is read")
	}
}

func TestValidate(t *testing.T) {
	key := backends.NewSecret("k")
	for _, c := range []struct {
		url  string
		l    *Location
		want string
	}{
		{"/data", nil, ""},
		{"file:///data", nil, ""},
		{"mem://", nil, ""},
		{"s3://bucket/lake?region=eu-central-1&endpoint=http://localhost:9000&use_path_style=true", nil, ""},
		{"gs://bucket?anonymous=true", nil, ""},
		{"azblob://container/lake?account=data", nil, ""},
		{"", nil, "url: is missing; it is a folder or a bucket, as in file:///data/lake or s3://bucket/lake"},
		{"ftp://host", nil, "url: no ftp:// stores in this build; there are " + Schemes},
		{"s3://b", nil, "url: bucket must be the name of a bucket: three or more of a-z, 0-9, '-', '.' and '_'"},
		{"s3://key:secret@bucket", nil, "url: holds user information; give keys in location, by reference"},
		{"s3://bucket?access_key=x", nil, `url: unknown parameter "access_key"; keys are given in location`},
		{"s3://bucket?anonymous=maybe", nil, "url: parameter anonymous must be true or false"},
		{"azblob://container", nil, "url: account is missing; it is the storage account's name"},
		{"mem://", &Location{Local: &Local{"x"}}, "location: and url are both given; one of them says where the files are"},
		{"", &Location{}, "location: must hold one of local, s3, gcs and azure"},
		{"", &Location{Local: &Local{}}, "location.local.root_dir: is missing; it is a folder"},
		{"", &Location{S3: &S3{Bucket: "files", AccessKey: key}}, "location.s3.secret_key: and access_key are given together or not at all"},
		{"", &Location{S3: &S3{Bucket: "files", Endpoint: "localhost"}}, "location.s3.endpoint: must be a URL like https://host:9000"},
		{"", &Location{Azure: &Azure{Account: "a", Container: "files", AccountKey: key, SASToken: key}}, "location.azure.account_key: sas_token and anonymous: only one of them is given"},
	} {
		var got []string
		for _, fault := range Validate(c.url, c.l) {
			got = append(got, fault.String())
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s %+v: %s, want %s", c.url, c.l, text, c.want)
		}
	}
}
