package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestSchema holds that the schema takes every example and refuses what the strict
// decoder refuses.
func TestSchema(t *testing.T) {
	schema, err := configSchema()
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text []byte) error {
		var document any
		if err := yaml.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		return resolved.Validate(document)
	}
	examples, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for name, text := range map[string]string{
		"an unknown key":             "listn: 127.0.0.1:1",
		"an unknown kind":            "servers: {a: {kind: oracle}}",
		"no kind":                    "servers: {a: {dsn: x}}",
		"a key of another kind":      "servers: {a: {kind: sqlite, dsn: x}}",
		"a text for a number":        "max_connections: many",
		"an unknown key of a server": "servers: {a: {kind: sqlite, location: x, lokation: y}}",
		"a table without a server":   "tables: {a.b: {path: x}}",
	} {
		if validate([]byte(text)) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
	if err := validate([]byte("servers: {a: {kind: my_sql, dsn: x}}\nsettings: {work_mem: 4MB, gateway.relay: off}")); err != nil {
		t.Errorf("the schema refuses another spelling: %v", err)
	}
}
