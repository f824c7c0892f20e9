package main

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzConfig reads any text as a configuration: it is good, or has faults.
func FuzzConfig(f *testing.F) {
	files, _ := filepath.Glob("../../examples/*.yaml")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text)
		}
	}
	for _, text := range []string{
		"servers: {a: {kind: sqlite, location: x}}\ntables: {a.b: {server: a, remote: {schema: s, name: n}}}", "auth: {method: trust, users: {a: b}}",
		"settings: {TimeZone: 1, work_mem: [1]}", "memory_limit: 1GB\nmetadata_age: 3h\nmax_connections: -1", "a: &a [*a]", "servers: {x: {kind: postgres, dsn: \"${env:A${file:b}\"}}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseConfig("gateway.yaml", text)
		if err == nil && l.definition == nil {
			t.Error("no definition and no fault")
		}
	})
}
