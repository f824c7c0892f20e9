package pgtypes

import (
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// ValidateJSON is json's input function: nil, or 22P02 with Postgres's detail.
func ValidateJSON(text string) error {
	p := jsonParser{lexer: jsonLexer{text: text}}
	return p.document()
}

// jsonToken is what the lexer found.
type jsonToken uint8

const (
	jsonEnd jsonToken = iota
	jsonString
	jsonNumber
	jsonTrue
	jsonFalse
	jsonNull
	jsonObjectStart
	jsonObjectEnd
	jsonArrayStart
	jsonArrayEnd
	jsonComma
	jsonColon
)

// jsonLexer cuts JSON into tokens; the errors are as Postgres reports them.
type jsonLexer struct {
	text       string
	start, end int // the current token
	kind       jsonToken
	value      []byte // of a string, unescaped, when decode is set
	decode     bool
}

func (l *jsonLexer) token() string { return l.text[l.start:l.end] }

func (l *jsonLexer) next() error {
	i := l.end
	for i < len(l.text) && (l.text[i] == ' ' || l.text[i] == '\t' || l.text[i] == '\n' || l.text[i] == '\r') {
		i++
	}
	l.start, l.end = i, i
	if i >= len(l.text) {
		l.kind = jsonEnd
		return nil
	}
	c := l.text[i]
	if at := strings.IndexByte("{}[],:", c); at >= 0 {
		l.kind = [...]jsonToken{jsonObjectStart, jsonObjectEnd, jsonArrayStart, jsonArrayEnd, jsonComma, jsonColon}[at]
		l.end = i + 1
		return nil
	}
	switch {
	case c == '"':
		l.kind = jsonString
		return l.lexString()
	case c == '-' || isDigit(c):
		l.kind = jsonNumber
		return l.lexNumber()
	}
	return l.lexWord()
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c >= 0x80
}

func (l *jsonLexer) lexWord() error {
	i := l.start
	for i < len(l.text) && isWordByte(l.text[i]) {
		i++
	}
	if i == l.start {
		l.end = i + 1
		return l.errToken()
	}
	l.end = i
	switch l.token() {
	case "true":
		l.kind = jsonTrue
	case "false":
		l.kind = jsonFalse
	case "null":
		l.kind = jsonNull
	default:
		return l.errToken()
	}
	return nil
}

func (l *jsonLexer) lexNumber() error {
	i := l.start
	bad := false
	if l.text[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(l.text) && isDigit(l.text[i]) {
			i++
		}
		return i > from
	}
	if i < len(l.text) && l.text[i] == '0' {
		i++
	} else if !digits() {
		bad = true
	}
	if i < len(l.text) && l.text[i] == '.' {
		i++
		bad = !digits() || bad
	}
	if i < len(l.text) && (l.text[i] == 'e' || l.text[i] == 'E') {
		i++
		if i < len(l.text) && (l.text[i] == '+' || l.text[i] == '-') {
			i++
		}
		bad = !digits() || bad
	}
	// What clings to a number is part of the faulty token.
	for i < len(l.text) && isWordByte(l.text[i]) {
		bad = true
		i++
	}
	l.end = i
	if bad {
		return l.errToken()
	}
	return nil
}

func (l *jsonLexer) lexString() error {
	l.value = l.value[:0]
	highSurrogate := rune(-1)
	i := l.start + 1
	for {
		if i >= len(l.text) {
			l.end = len(l.text)
			return l.errToken()
		}
		c := l.text[i]
		switch {
		case c == '"':
			l.end = i + 1
			if highSurrogate != -1 {
				return l.errDetail(i, "Unicode low surrogate must follow a high surrogate.")
			}
			return nil
		case c < 32:
			l.end = i
			return l.errDetail(i, "Character with value 0x%02x must be escaped.", c)
		case c == '\\':
			next, err := l.lexEscape(i, &highSurrogate)
			if err != nil {
				return err
			}
			i = next
		default:
			if highSurrogate != -1 {
				return l.errDetail(i, "Unicode low surrogate must follow a high surrogate.")
			}
			if l.decode {
				l.value = append(l.value, c)
			}
			i++
		}
	}
}

func (l *jsonLexer) lexEscape(i int, high *rune) (int, error) {
	i++
	if i >= len(l.text) {
		l.end = len(l.text)
		return i, l.errToken()
	}
	if l.text[i] == 'u' {
		return l.lexUnicode(i+1, high)
	}
	if *high != -1 {
		return i, l.errDetail(i, "Unicode low surrogate must follow a high surrogate.")
	}
	at := strings.IndexByte(`"\/bfnrt`, l.text[i])
	if at < 0 {
		_, size := utf8.DecodeRuneInString(l.text[i:])
		l.end = i + size
		return i, l.errDetail(l.end, "Escape sequence \"\\%s\" is invalid.", l.text[i:i+size])
	}
	if l.decode {
		l.value = append(l.value, "\"\\/\b\f\n\r\t"[at])
	}
	return i + 1, nil
}

func (l *jsonLexer) lexUnicode(i int, high *rune) (int, error) {
	r := rune(0)
	for range 4 {
		if i >= len(l.text) {
			l.end = len(l.text)
			return i, l.errToken()
		}
		d, err := hexDigit(l.text[i:])
		if err != nil {
			_, size := utf8.DecodeRuneInString(l.text[i:])
			l.end = i + size
			return i, l.errDetail(l.end, "\"\\u\" must be followed by four hexadecimal digits.")
		}
		r = r<<4 | rune(d)
		i++
	}
	if !l.decode {
		// json keeps its text; only jsonb needs the characters.
		return i, nil
	}
	return i, l.addRune(i, r, high)
}

func (l *jsonLexer) addRune(i int, r rune, high *rune) error {
	switch {
	case r >= 0xD800 && r <= 0xDBFF:
		if *high != -1 {
			return l.errDetail(i, "Unicode high surrogate must not follow a high surrogate.")
		}
		*high = r
		return nil
	case r >= 0xDC00 && r <= 0xDFFF:
		if *high == -1 {
			return l.errDetail(i, "Unicode low surrogate must follow a high surrogate.")
		}
		r = 0x10000 + (*high-0xD800)<<10 + (r - 0xDC00)
		*high = -1
	case *high != -1:
		return l.errDetail(i, "Unicode low surrogate must follow a high surrogate.")
	case r == 0:
		l.end = i
		e := pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
		e.Where = l.context(i)
		return e
	}
	l.value = utf8.AppendRune(l.value, r)
	return nil
}

func (l *jsonLexer) errToken() error {
	if l.start >= len(l.text) {
		return l.errDetail(l.end, "The input string ended unexpectedly.")
	}
	return l.errDetail(l.end, "Token \"%s\" is invalid.", l.token())
}

// errDetail makes the error; end is where the context line stops.
func (l *jsonLexer) errDetail(end int, detail string, args ...any) error {
	e := pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail(detail, args...)
	e.Where = l.context(end)
	return e
}

// context shows the line up to the fault, from at most about 50 bytes before it.
func (l *jsonLexer) context(end int) string {
	end = min(end, len(l.text))
	line, lineStart := 1, 0
	for i := range end {
		if l.text[i] == '\n' {
			line++
			lineStart = i + 1
		}
	}
	from := lineStart
	for end-from >= 50 {
		_, size := utf8.DecodeRuneInString(l.text[from:])
		from += size
	}
	// Three bytes are not worth an ellipsis.
	if from-lineStart <= 3 {
		from = lineStart
	}
	prefix, suffix := "", ""
	if from > lineStart {
		prefix = "..."
	}
	if l.kind != jsonEnd && end < len(l.text) && l.text[end] != '\n' && l.text[end] != '\r' {
		suffix = "..."
	}
	return "JSON data, line " + string(AppendInt(nil, int64(line))) + ": " + prefix + l.text[from:end] + suffix
}
