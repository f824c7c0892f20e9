package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
)

// writeWindows lists the window functions that the operator names.
func writeWindows(page *bytes.Buffer) {
	var names []string
	for _, p := range pgbuiltin.AllProcs() {
		if p.Kind == 'w' {
			names = append(names, "`"+p.Name+"`")
		}
	}
	slices.Sort(names)
	fmt.Fprintf(page, "## Window functions\n\n%s, and the aggregates; every frame (`ROWS`, `RANGE`, `GROUPS`, `EXCLUDE`).\n\n",
		strings.Join(slices.Compact(names), ", "))
}

// writeUnsupported lists the 0A000 answers that stand in the code.
func writeUnsupported(page *bytes.Buffer, root string) error {
	found := map[string]map[string]bool{}
	for _, layer := range []string{"translate", "exec", "catalog", "backends"} {
		found[layer] = map[string]bool{}
		if err := messages(filepath.Join(root, layer), found[layer]); err != nil {
			return err
		}
	}
	page.WriteString("## What answers 0A000\n\nEvery message in the code, `%` standing for a name. Where a source can do it alone, it is asked instead.\n\n")
	for _, layer := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintf(page, "### In `%s`\n\n", layer)
		for _, message := range slices.Sorted(maps.Keys(found[layer])) {
			fmt.Fprintf(page, "- %s\n", message)
		}
		page.WriteString("\n")
	}
	page.Truncate(page.Len() - 1)
	return nil
}

// messages finds the calls of pgerr.Unsupported below a folder.
func messages(folder string, found map[string]bool) error {
	return filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if message := unsupported(call); message != "" {
					found[message] = true
				}
			}
			return true
		})
		return nil
	})
}

// unsupported is the message of a call of pgerr.Unsupported, or of pgerr.New with
// that code.
func unsupported(call *ast.CallExpr) string {
	callee, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !isName(callee.X, "pgerr") {
		return ""
	}
	at := 0
	if callee.Sel.Name == "New" && len(call.Args) > 1 {
		code, ok := call.Args[0].(*ast.SelectorExpr)
		if !ok || code.Sel.Name != "FeatureNotSupported" {
			return ""
		}
		at = 1
	} else if callee.Sel.Name != "Unsupported" {
		return ""
	}
	literal, ok := call.Args[at].(*ast.BasicLit)
	if !ok {
		return ""
	}
	message, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return strings.NewReplacer("%s", "%", "%q", "%", "%d", "%", "%v", "%", "<", `\<`, "*", `\*`).Replace(message)
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
