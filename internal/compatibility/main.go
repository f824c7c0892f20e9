// Command compatibility writes docs/compatibility.md from what the code computes:
// the executor's functions, operators, aggregates and casts beside PostgreSQL's own,
// the rules by which expressions are sent to sources, and every 0A000 answer. It is
// no list kept by hand, and runs nothing: a test compares its output with the file.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	page, err := Page(*root)
	if err == nil {
		err = os.WriteFile(filepath.Join(*root, File), page, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compatibility:", err)
		os.Exit(1)
	}
}

// File is the page, below the project's folder.
const File = "docs/compatibility.md"

const head = `# Compatibility

Made by ` + "`go run ./internal/compatibility`" + ` from the code; a test fails when it is stale.

The yardstick is PostgreSQL 15. What is listed as computed runs in the gateway's own executor, over any source. What is
not listed but exists in PostgreSQL answers ` + "`0A000`" + ` by name; what PostgreSQL does not have answers ` + "`42883`" + ` or the like.
A statement that one PostgreSQL server can answer alone is passed to it, with all that this server can do.

`

// Page makes the page.
func Page(root string) ([]byte, error) {
	var page bytes.Buffer
	page.WriteString(head)
	writeTypes(&page)
	writeFunctions(&page)
	writeOperators(&page)
	writeAggregates(&page)
	writeWindows(&page)
	writeCasts(&page)
	writeRelations(&page)
	writeRules(&page)
	return page.Bytes(), writeUnsupported(&page, root)
}
