//go:build !cgo

package translate

import (
	"errors"
	"runtime"

	pgquery "github.com/pganalyze/pg_query_go/v6"
	wasm "github.com/wasilibs/go-pgquery"
	"github.com/wasilibs/go-pgquery/parser"
)

// parsers bounds how many parse at once. The library makes another instance whenever
// all are busy, each with seconds of compiling and megabytes for ever: two hundred
// clients at once took minutes and 400 MiB.
var parsers = make(chan struct{}, runtime.GOMAXPROCS(0))

// parseText runs Postgres's parser as WebAssembly, for builds without cgo. It gives
// the same tree at about three times the cost.
func parseText(text string) (*pgquery.ParseResult, error) {
	parsers <- struct{}{}
	defer func() { <-parsers }()
	result, err := wasm.Parse(text)
	var fault *parser.Error
	if errors.As(err, &fault) {
		return nil, &parserError{fault.Message, fault.Cursorpos}
	}
	return result, err
}
