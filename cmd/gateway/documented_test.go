package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends/all"
)

// TestExamples checks each example as gateway check does.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		l, err := loadConfig(file)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, w := range l.warnings {
			t.Errorf("%s: %s", file, w)
		}
	}
}

// TestKeysAreDocumented holds docs/configuration.md to the structs: every key stands
// in the section of its kind.
func TestKeysAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range strings.Split(string(page), "\n## ") {
		title, body, _ := strings.Cut(part, "\n")
		sections[title] = body
	}
	check := func(title string, root reflect.Type) {
		eachKey(root, func(key string) {
			if !documented(sections[title], key) {
				t.Errorf("the section %q of docs/configuration.md lacks the key %s", title, key)
			}
		})
	}
	for _, typ := range []any{config{}, authConfig{}, tlsConfig{}, operationsConfig{}, mountConfig{}, tableConfig{}} {
		check("The gateway", reflect.TypeOf(typ))
	}
	for _, spec := range all.Kinds() {
		check("Servers of kind `"+string(spec.Kind)+"`", reflect.TypeOf(spec.New()).Elem())
	}
}

// documented looks for a key as code, alone or at either end of a path.
func documented(section, key string) bool {
	for _, form := range []string{"`" + key + "`", "." + key + "`", "`" + key + ".", "." + key + ".", "`" + key + "["} {
		if strings.Contains(section, form) {
			return true
		}
	}
	return false
}

// eachKey visits the JSON keys of a struct and of the structs inside it.
func eachKey(t reflect.Type, visit func(key string)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if key != "" {
			visit(key)
		}
		if t.Field(i).IsExported() {
			eachKey(t.Field(i).Type, visit)
		}
	}
}
