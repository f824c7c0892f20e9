//go:build cgo

package translate

import (
	"errors"

	pgquery "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"
)

// parseText runs Postgres's parser, linked in through cgo.
func parseText(text string) (*pgquery.ParseResult, error) {
	result, err := pgquery.Parse(text)
	var fault *parser.Error
	if errors.As(err, &fault) {
		return nil, &parserError{fault.Message, fault.Cursorpos}
	}
	return result, err
}
