package registry

import (
	"bytes"
	"compress/zlib"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

func client(t *testing.T, s Settings) *Client {
	c := New(func(context.Context) (Settings, error) { return s, nil })
	t.Cleanup(c.Close)
	return c
}

func TestReferences(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	fake.SeedSchema("inner", 1, 1, sr.Schema{Schema: `{"type":"enum","name":"E","symbols":["A"]}`})
	fake.SeedSchema("middle", 1, 2, sr.Schema{
		Schema:     `{"type":"record","name":"M","fields":[{"name":"e","type":"E"}]}`,
		References: []sr.SchemaReference{{Name: "E", Subject: "inner", Version: 1}},
	})
	fake.SeedSchema("outer", 1, 3, sr.Schema{
		Schema:     `{"type":"record","name":"O","fields":[{"name":"m","type":"M"},{"name":"e","type":"E"}]}`,
		References: []sr.SchemaReference{{Name: "M", Subject: "middle", Version: 1}, {Name: "E", Subject: "inner", Version: 1}},
	})
	asked := atomic.Int64{}
	fake.Intercept(func(http.ResponseWriter, *http.Request) bool { asked.Add(1); return false })
	c := client(t, Settings{URLs: []string{fake.URL()}})
	for range 3 {
		s, err := c.ByID(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		if s.Type != Avro || len(s.References) != 2 || s.References[0].Name != "E" || s.References[1].Name != "M" {
			t.Errorf("%+v", s)
		}
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("the registry was asked %d times", n)
	}
	if s, err := c.Latest(t.Context(), "outer"); err != nil || s.ID != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := c.Latest(t.Context(), "none"); err != nil || s != nil {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.ByID(t.Context(), 99); pgerr.Code(err) != pgerr.FdwError || !strings.Contains(err.Error(), "has no schema 99") {
		t.Error(err)
	}
	if id, err := c.Register(t.Context(), "new", Avro, `"string"`); err != nil || id == 0 {
		t.Error(id, err)
	}
}

func TestFaults(t *testing.T) {
	fake := srfake.New(srfake.WithAuth("Basic dTpzM2NyZXQ="))
	fake.SeedSchema("a", 1, 1, sr.Schema{Schema: `"string"`})
	failures := atomic.Int64{}
	fake.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		if failures.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	good := client(t, Settings{URLs: []string{fake.URL()}, User: "u", Password: "s3cret"})
	failures.Store(2)
	if _, err := good.ByID(t.Context(), 1); err != nil {
		t.Errorf("after two failures: %v", err)
	}
	failures.Store(100)
	if _, err := good.Latest(t.Context(), "a"); pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection || !strings.Contains(err.Error(), "503") {
		t.Errorf("an outage: %v", err)
	}
	if _, err := good.ByID(t.Context(), 1); err != nil {
		t.Errorf("a known schema in an outage: %v", err)
	}
	failures.Store(0)
	bad := client(t, Settings{URLs: []string{fake.URL()}, User: "u", Password: "wrong"})
	if _, err := bad.ByID(t.Context(), 1); pgerr.Code(err) != pgerr.InvalidAuthorization {
		t.Errorf("a wrong password: %v", err)
	}
	address := fake.URL()
	fake.Close()
	gone := client(t, Settings{URLs: []string{strings.Replace(address, "//", "//user:hidden@", 1)}})
	_, err := gone.ByID(t.Context(), 1)
	if pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection || strings.Contains(err.Error(), "hidden") {
		t.Errorf("a registry that is away: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gone.ByID(ctx, 1); pgerr.Code(err) != pgerr.QueryCanceled {
		t.Errorf("a cancelled question: %v", err)
	}
}

func TestFrames(t *testing.T) {
	id, body, err := ConfluentID(append(AppendConfluent(nil, 70000), 'x'))
	if err != nil || id != 70000 || string(body) != "x" {
		t.Error(id, body, err)
	}
	for _, indexes := range [][]int{{0}, {1}, {2, 0, 7}} {
		got, rest, err := MessageIndexes(append(AppendMessageIndexes(nil, indexes), 'x'))
		if err != nil || !slices.Equal(got, indexes) || string(rest) != "x" {
			t.Error(got, rest, err)
		}
	}
	version := [16]byte{1, 2, 15: 3}
	got, body, err := Glue(append(AppendGlue(nil, version), 'x'))
	if err != nil || got != version || string(body) != "x" {
		t.Error(got, body, err)
	}
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write([]byte("body"))
	_ = w.Close()
	framed := AppendGlue(nil, version)
	framed[1] = 5
	if _, body, err := Glue(append(framed, packed.Bytes()...)); err != nil || string(body) != "body" {
		t.Error(body, err)
	}
	if VersionText(version) != "01020000-0000-0000-0000-000000000003" {
		t.Error(VersionText(version))
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 2, 4, 6})
	f.Add(append([]byte{3, 5}, make([]byte, 20)...))
	f.Fuzz(func(_ *testing.T, message []byte) {
		if _, body, err := ConfluentID(message); err == nil {
			_, _, _ = MessageIndexes(body)
		}
		_, _, _ = Glue(message)
	})
}
