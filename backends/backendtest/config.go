package backendtest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends"
)

// testConfig takes a backend's config through JSON and back, and opens that.
func (h Harness) testConfig(t *testing.T) {
	first := h.fresh(t)
	h.checkFields(t, first.Config())
	data, err := backends.MarshalConfig(first.Config())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := backends.ParseConfig(data, h.Kinds)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if !reflect.DeepEqual(cfg, first.Config()) {
		t.Errorf("the config changed on its way through JSON: %s", data)
	}
	second := h.open(t, cfg)
	for _, b := range []backends.Backend{first, second} {
		if err := b.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := dialectName(t, first), dialectName(t, second); a != b {
		t.Errorf("dialects %q and %q", a, b)
	}
	if a, b := first.ConnectionInfo(), second.ConnectionInfo(); a != b {
		t.Errorf("connection infos %+v and %+v", a, b)
	}
	if first.Kind() != cfg.Kind() || first.ConnectionInfo().Kind != cfg.Kind() {
		t.Errorf("kinds %q, %q and %q", first.Kind(), first.ConnectionInfo().Kind, cfg.Kind())
	}
	h.checkPrints(t, first)
}

func dialectName(t testing.TB, b backends.Backend) string {
	d, err := b.Dialect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d == nil {
		return ""
	}
	return d.Name
}

// checkFields makes sure that the round trip is of every field.
func (h Harness) checkFields(t testing.TB, cfg backends.Config) {
	for _, spec := range h.Kinds {
		if spec.Kind != cfg.Kind() {
			continue
		}
		have, plain := reflect.ValueOf(cfg).Elem(), reflect.ValueOf(spec.New()).Elem()
		for i := range have.NumField() {
			if !slices.Contains(h.MayDefault, have.Type().Field(i).Name) && reflect.DeepEqual(have.Field(i).Interface(), plain.Field(i).Interface()) {
				t.Errorf("the harness's config has field %s at its default", have.Type().Field(i).Name)
			}
		}
	}
}

// checkPrints looks for the secret wherever people look.
func (h Harness) checkPrints(t testing.TB, b backends.Backend) {
	if h.Secret == "" {
		return
	}
	cfg := b.Config()
	people, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	value := reflect.ValueOf(cfg).Elem().Interface()
	for _, print := range []string{
		string(people), fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg), fmt.Sprintf("%v %+v %#v", value, value, value),
		fmt.Sprintf("%+v", b.ConnectionInfo()),
	} {
		if strings.Contains(print, h.Secret) {
			t.Errorf("the secret shows: %s", print)
		}
	}
}

// testLazy opens and closes without a trace.
func (h Harness) testLazy(t *testing.T) {
	if h.Through != nil {
		proxy := NewProxy(t, h.Address)
		b := h.open(t, h.Through(t, proxy.Address()))
		b.ConnectionInfo()
		b.Config()
		if n := proxy.Accepted(); n != 0 {
			t.Errorf("opening made %d connections", n)
		}
	}
	if h.Untouched != nil {
		cfg := h.Config(t)
		b := h.open(t, cfg)
		b.ConnectionInfo()
		h.Untouched(t, cfg)
	}
}
