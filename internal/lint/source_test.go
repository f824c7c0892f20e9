package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mayUseC are the only places for cgo, by file or folder.
var mayUseC = []string{"translate/parser_cgo.go", "backends/duckdb/"}

// parserFiles are the only files that see the SQL parser.
var parserFiles = []string{"translate/parse", "translate/parser_"}

// maxLines is where a file surely holds more than one thing.
const maxLines = 600

func TestSource(t *testing.T) {
	described := map[string]bool{}
	eachGoFile(t, func(name string) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		checkFile(t, name, text, file)
		dir := path.Dir(name)
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		described[dir] = described[dir] || file.Doc != nil
	})
	for dir, ok := range described {
		if !ok {
			t.Errorf("%s has no package comment: say in doc.go what the package is and what it is not", dir)
		}
	}
}

var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

func checkFile(t *testing.T, name string, text []byte, file *ast.File) {
	t.Helper()
	generated := ast.IsGenerated(file)
	if lines := strings.Count(string(text), "\n"); lines > maxLines && !generated && !strings.HasSuffix(name, "_test.go") {
		t.Errorf("%s has %d lines: cut it into files named for their one thing", name, lines)
	}
	if !strings.HasPrefix(name, "internal/lint/") && unfinished.Match(text) {
		t.Errorf("%s speaks of unfinished work: finish it, or file an issue", name)
	}
	for _, spec := range file.Imports {
		checkImport(t, name, strings.Trim(spec.Path.Value, `"`))
	}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s has an init function: pass what it sets up as a value", name)
		}
	}
}

func checkImport(t *testing.T, name, imported string) {
	t.Helper()
	if imported == "C" && !hasPrefix(name, mayUseC) {
		t.Errorf("%s uses cgo: only %v may", name, mayUseC)
	}
	if (strings.Contains(imported, "pg_query_go") || strings.Contains(imported, "go-pgquery")) && !hasPrefix(name, parserFiles) && !strings.HasSuffix(name, "_test.go") {
		t.Errorf("%s sees the SQL parser: take translate's tree instead", name)
	}
	// Their generated kernels take minutes to compile, and our own readers are faster.
	if strings.HasSuffix(imported, "arrow/compute") || strings.HasSuffix(imported, "parquet/pqarrow") {
		t.Errorf("%s imports %s: use exec/vector, or backends/objectstore/parquetfile", name, imported)
	}
}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// TestNoForeignPaths holds that nothing points outside the project.
func TestNoForeignPaths(t *testing.T) {
	foreign := regexp.MustCompile(`\.\./shared|/work/`)
	eachGoFile(t, func(name string) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, "internal/lint/") && foreign.Match(text) {
			t.Errorf("%s names a path that its reader does not have: take it from an environment variable", name)
		}
	})
}
