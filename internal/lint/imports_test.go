package lint

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sqlgateway/gateway"

// mayImport is the architecture: for each package, or folder of packages with a
// final "/...", the packages of ours that it may import. The most specific line
// holds. A change here is a change of architecture; docs/architecture.md follows it.
var mayImport = map[string][]string{
	"internal/pgerr":              {},
	"internal/pgbuiltin":          {"internal/pgerr", "internal/pgtypes"},
	"internal/pgbuiltin/generate": {},
	"internal/pgtypes":            {"internal/pgerr"},
	"internal/session":            {"internal/pgerr", "internal/pgtypes"},
	"internal/batch":              {"internal/pgerr", "internal/pgtypes"},
	"internal/arrowtest":          {"internal/pgerr", "internal/pgtypes"},
	"internal/eventloop":          {},
	"internal/bucket":             {"backends", "internal/..."}, // for the kinds alone
	"internal/faults":             {},
	"internal/jsonscan":           {"internal/pgerr"},
	"internal/registry":           {"internal/pgerr"},
	"internal/payload":            {"internal/batch", "internal/declared", "internal/jsonscan", "internal/registry", "internal/pgerr", "internal/pgtypes"},
	"internal/declared":           {"internal/pgbuiltin", "internal/pgtypes"},
	"internal/compatibility":      {"exec/eval", "catalog/pgcatalog", "translate", "translate/...", "internal/..."},
	"internal/lint":               {},
	"internal/answers":            {"..."}, // for tests alone: it joins the whole
	"translate":                   {"internal/..."},
	"translate/bind":              {"translate", "internal/..."},
	"translate/...":               {"translate", "internal/..."},
	"translate/translatetest":     {"translate", "translate/...", "internal/..."},
	"backends":                    {"translate", "internal/..."},
	"backends/all":                {"backends", "backends/..."},
	"backends/backendtest":        {"exec", "catalog", "backends", "backends/mem", "translate", "internal/..."},
	"backends/mem":                {"backends", "translate", "internal/..."},
	"backends/postgres":           {"backends", "translate", "translate/postgres", "internal/..."},
	"backends/mysql":              {"backends", "translate", "translate/mysql", "internal/..."},
	"backends/sqlite":             {"backends", "translate", "translate/sqlite", "internal/..."},
	"backends/delta":              {"backends", "backends/objectstore/parquetfile", "translate", "internal/..."},
	"backends/kafka":              {"backends", "translate", "internal/..."},
	"backends/rabbitmq":           {"backends", "translate", "internal/..."},
	"backends/kinesis":            {"backends", "translate", "internal/..."},
	"backends/objectstore":        {"backends", "backends/objectstore/...", "translate", "internal/..."},
	"backends/objectstore/...":    {"backends", "translate", "internal/..."},
	"catalog":                     {"backends", "translate", "internal/..."},
	"catalog/gatewayschema":       {"catalog", "backends", "translate", "internal/..."},
	"catalog/pgcatalog":           {"catalog", "backends", "translate", "internal/..."},
	"exec/plan":                   {"catalog", "backends", "translate", "internal/..."},
	"exec/vector":                 {"internal/..."},
	"exec/setting":                {"internal/..."},
	"exec/eval":                   {"exec/vector", "translate", "internal/..."},
	"exec/operator":               {"exec/eval", "exec/vector", "exec/plan", "backends", "translate", "internal/..."},
	"exec":                        {"exec/...", "catalog", "backends", "translate", "translate/bind", "internal/..."},
	"flightpeer":                  {"backends", "translate", "internal/..."},
	"wire":                        {"wire/rowenc", "internal/..."},
	"wire/rowenc":                 {"internal/..."},
	"wire/wiretest":               {"wire", "internal/..."},
	"cmd/gateway":                 {"..."},
	"bench":                       {"..."},
	"bench/...":                   {"..."},
	"testdata/...":                {"..."},
}

// TestImports holds the code to mayImport. Tests may import more: a package's tests
// look at it through the layers above.
func TestImports(t *testing.T) {
	for dir, imports := range packages(t) {
		line, allowed := rule(dir)
		if line == "" {
			t.Errorf("%s has no line in mayImport: decide what it may import and add one", dir)
			continue
		}
		for _, imported := range imports {
			if imported != dir && !matches(allowed, imported) {
				t.Errorf("%s imports %s, which the line %q does not allow: declare an interface where it is needed and let cmd/gateway join the two", dir, imported, line)
			}
		}
	}
}

// rule finds the most specific line for a folder.
func rule(dir string) (line string, allowed []string) {
	if allowed, ok := mayImport[dir]; ok {
		return dir, allowed
	}
	for parent := path.Dir(dir); parent != "."; parent = path.Dir(parent) {
		if allowed, ok := mayImport[parent+"/..."]; ok {
			return parent + "/...", allowed
		}
	}
	return "", nil
}

func matches(patterns []string, dir string) bool {
	for _, p := range patterns {
		prefix, folder := strings.CutSuffix(p, "...")
		if p == dir || folder && strings.HasPrefix(dir, prefix) {
			return true
		}
	}
	return false
}

// packages lists the folders with Go code, and what of ours their code imports,
// tests aside.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string]map[string]bool{}
	eachGoFile(t, func(name string) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		dir := path.Dir(name)
		if found[dir] == nil {
			found[dir] = map[string]bool{}
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
				found[dir][ours] = true
			}
		}
	})
	list := map[string][]string{}
	for dir, imports := range found {
		list[dir] = []string{}
		for imported := range imports {
			list[dir] = append(list[dir], imported)
		}
		sort.Strings(list[dir])
	}
	return list
}

// root is the project's folder, seen from this package's.
const root = "../.."

// eachGoFile calls visit with each Go file's name, slashes between its parts.
func eachGoFile(t *testing.T, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." && name != root {
			return filepath.SkipDir
		}
		if strings.HasSuffix(name, ".go") {
			relative, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
