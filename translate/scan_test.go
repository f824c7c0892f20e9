//go:build cgo

package translate

import (
	"strings"
	"testing"

	pgquery "github.com/pganalyze/pg_query_go/v6"
)

// TestScanner compares the scanner with Postgres's own over the same texts.
func TestScanner(t *testing.T) {
	for _, text := range seeds {
		want, err := pgquery.Scan(text)
		if err != nil {
			continue
		}
		var ours, theirs []string
		for scan := NewScanner(text); ; {
			token := scan.Next()
			if token.Kind == TokenEnd {
				break
			}
			ours = append(ours, text[token.Start:token.End])
		}
		for _, token := range want.GetTokens() {
			if k := token.GetToken(); k == pgquery.Token_SQL_COMMENT || k == pgquery.Token_C_COMMENT {
				continue
			}
			theirs = append(theirs, text[token.GetStart():token.GetEnd()])
		}
		if a, b := strings.Join(ours, "␣"), strings.Join(theirs, "␣"); a != b {
			t.Errorf("%q:\nours   %s\ntheirs %s", text, a, b)
		}
	}
}
