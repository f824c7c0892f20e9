package translate

import (
	"errors"
	"strings"
	"unicode/utf8"

	pgquery "github.com/pganalyze/pg_query_go/v6"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Parse splits a text into its statements and parses each with Postgres's own
// grammar. A text without statements gives none. Errors are as PostgreSQL 15 gives
// them, with their position in the whole text.
//
// parse*.go are the only files that see the parser; parser_cgo.go and
// parser_nocgo.go choose which build of it runs.
func Parse(text string) ([]*RawStatement, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	result, err := parseText(text)
	if err != nil {
		return nil, parseError(text, err)
	}
	c := converter{text: text, ascii: isASCII(text)}
	statements := make([]*RawStatement, 0, len(result.GetStmts()))
	for _, raw := range result.GetStmts() {
		statements = append(statements, c.statement(raw))
	}
	if c.err != nil {
		return nil, c.err
	}
	return statements, nil
}

// converter turns the parser's tree into ours. The first fault found on the way is
// kept in err.
type converter struct {
	text  string
	ascii bool
	err   *pgerr.Error
	// counts[i] is the number of characters in the first i*countEvery bytes; it is made
	// when first needed, so that positions in any order cost the same.
	counts []int
}

func (c *converter) fail(err *pgerr.Error) {
	if c.err == nil {
		c.err = err
	}
}

// at turns a byte offset into a position; negative is unknown.
func (c *converter) at(offset int32) At {
	if offset < 0 || int(offset) > len(c.text) {
		return At{}
	}
	return At{Pos: c.character(int(offset)) + 1}
}

func (c *converter) character(offset int) int {
	if c.ascii {
		return offset
	}
	if c.counts == nil {
		c.countCharacters()
	}
	block := offset / countEvery
	return c.counts[block] + starts(c.text[block*countEvery:offset])
}

const countEvery = 256

func (c *converter) countCharacters() {
	c.counts = make([]int, len(c.text)/countEvery+1)
	for i := 1; i < len(c.counts); i++ {
		c.counts[i] = c.counts[i-1] + starts(c.text[(i-1)*countEvery:i*countEvery])
	}
}

// starts counts the bytes that begin a character.
func starts(text string) int {
	n := 0
	for i := range len(text) {
		if text[i]&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

func (c *converter) statement(raw *pgquery.RawStmt) *RawStatement {
	start := int(raw.GetStmtLocation())
	end := len(c.text)
	if n := int(raw.GetStmtLen()); n > 0 {
		end = start + n
	}
	start, end = trimStatement(c.text, start, end)
	return &RawStatement{
		Node: c.utility(raw.GetStmt(), c.at(int32(start))),
		Text: c.text[start:end], Start: start, End: end,
	}
}

// trimStatement takes blanks and comments off both ends.
func trimStatement(text string, start, end int) (from, to int) {
	scan := NewScanner(text[:end])
	scan.at = start
	from, to = -1, start
	for {
		t := scan.Next()
		if t.Kind == TokenEnd {
			break
		}
		if from < 0 {
			from = t.Start
		}
		to = t.End
		// Only the first and the last token matter; skip to the tail of long texts.
		if t.Kind == TokenMalformed {
			break
		}
	}
	if from < 0 {
		return start, end
	}
	return from, to
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// parserError is the parser's error as parseText gives it: a message and a position.
type parserError struct {
	message  string
	position int
}

func (e *parserError) Error() string { return e.message }

// parseError gives the parser's error its SQLSTATE, which the library drops.
func parseError(text string, err error) error {
	var fault *parserError
	if !errors.As(err, &fault) {
		if strings.Contains(err.Error(), "recursion depth") {
			return tooDeep()
		}
		return pgerr.Internal("parsing: %s", err.Error())
	}
	e := pgerr.New(syntaxCode(fault.message), "%s", fault.message)
	e.Position = fault.position
	e.Hint = syntaxHint(fault.message)
	if fault.message == "invalid Unicode escape" {
		e.Code, e.Hint = unicodeEscape(text)
	}
	return e
}

// unicodeEscape tells the two kinds of strings with Unicode escapes apart: their
// faults differ in all but the message.
func unicodeEscape(text string) (code, hint string) {
	if strings.Contains(text, "U&") || strings.Contains(text, "u&") {
		return pgerr.SyntaxError, "Unicode escapes must be \\XXXX or \\+XXXXXX."
	}
	return pgerr.InvalidEscapeSequence, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX."
}

// faults are the grammar's and the scanner's errors that are not 42601, or that
// carry a hint, by how their message begins.
var faults = []struct{ prefix, code, hint string }{
	{"frame ", pgerr.WindowingError, ""},
	{"invalid byte sequence", pgerr.CharacterNotInRepertoire, ""},
	{"precision for type float", pgerr.InvalidParameterValue, ""},
	{"current database cannot be changed", pgerr.FeatureNotSupported, ""},
	{"unsafe use of", "22P06", "Use '' to write quotes in strings. \\' is insecure in client-only encodings."},
	{"LIMIT #,# syntax is not supported", pgerr.SyntaxError, "Use separate LIMIT and OFFSET clauses."},
	{"role name ", "42939", ""},
	{"stack depth limit exceeded", pgerr.StatementTooComplex, depthHint},
}

func syntaxCode(message string) string {
	for _, f := range faults {
		if strings.HasPrefix(message, f.prefix) {
			return f.code
		}
	}
	for _, part := range []string{"not yet implemented", "cannot be marked", "no longer supported", "is not supported"} {
		if strings.Contains(message, part) {
			return pgerr.FeatureNotSupported
		}
	}
	return pgerr.SyntaxError
}

func syntaxHint(message string) string {
	for _, f := range faults {
		if strings.HasPrefix(message, f.prefix) {
			return f.hint
		}
	}
	return ""
}
