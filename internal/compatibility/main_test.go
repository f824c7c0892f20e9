package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestPageIsFresh(t *testing.T) {
	const root = "../.."
	want, err := Page(root)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(root, File))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is stale; run: go run ./internal/compatibility", File)
	}
}
