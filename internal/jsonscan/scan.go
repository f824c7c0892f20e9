package jsonscan

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// What scanning can find wrong. Both are whole: they repeat nothing of the text.
var (
	ErrSyntax    = pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json")
	ErrNotObject = pgerr.New(pgerr.InvalidTextRepresentation, "the JSON value is not an object")
)

// Scanner walks over one object's members.
type Scanner struct {
	text []byte
	at   int
	open bool
}

// Object begins an object, which must be the whole text.
func Object(text []byte) (Scanner, error) {
	s := Scanner{text: text}
	s.space()
	if !s.take('{') {
		return s, ErrNotObject
	}
	return s, nil
}

// Next gives the next member: the key as written, quotes included, and the value's
// text. ok is false at the object's end. Both are parts of the text.
func (s *Scanner) Next() (key, value []byte, ok bool, err error) {
	s.space()
	if s.take('}') {
		return nil, nil, false, s.end()
	}
	if s.open && !s.take(',') {
		return nil, nil, false, ErrSyntax
	}
	s.open = true
	s.space()
	if key, ok = s.quoted(); !ok {
		return nil, nil, false, ErrSyntax
	}
	if s.space(); !s.take(':') {
		return nil, nil, false, ErrSyntax
	}
	s.space()
	if value, ok = s.value(); !ok {
		return nil, nil, false, ErrSyntax
	}
	return key, value, true, nil
}

// Member is one member of an object, its key decoded.
type Member struct{ Key, Value []byte }

// Members appends all members of an object to dst.
func Members(dst []Member, text []byte) ([]Member, error) {
	s, err := Object(text)
	if err != nil {
		return dst, err
	}
	for {
		key, value, ok, err := s.Next()
		if err != nil || !ok {
			return dst, err
		}
		if key, err = Unquote(key); err != nil {
			return dst, err
		}
		dst = append(dst, Member{key, value})
	}
}

// Elements calls visit with each element of an array, which must be the whole text.
func Elements(text []byte, visit func(value []byte) error) error {
	s := Scanner{text: text}
	s.space()
	if !s.take('[') {
		return ErrSyntax
	}
	if s.space(); s.take(']') {
		return s.end()
	}
	for {
		s.space()
		value, ok := s.value()
		if !ok {
			return ErrSyntax
		}
		if err := visit(value); err != nil {
			return err
		}
		if s.space(); s.take(']') {
			return s.end()
		}
		if !s.take(',') {
			return ErrSyntax
		}
	}
}

// Trim gives a text without the blanks around it, checked to be one value as far as
// its ends show.
func Trim(text []byte) ([]byte, error) {
	s := Scanner{text: text}
	s.space()
	value, ok := s.value()
	if !ok {
		return nil, ErrSyntax
	}
	return value, s.end()
}

func (s *Scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

func (s *Scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *Scanner) end() error {
	if s.space(); s.at != len(s.text) {
		return ErrSyntax
	}
	return nil
}

// shortText is about where a call of IndexByte pays for itself.
const shortText = 16

// quoted takes a string, quotes included.
func (s *Scanner) quoted() ([]byte, bool) {
	from := s.at
	if !s.take('"') {
		return nil, false
	}
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '\\':
			s.at += 2
			continue
		case '"':
			s.at++
			return s.text[from:s.at], true
		}
		if s.at++; s.at-from > shortText {
			s.skipPlain()
		}
	}
	return nil, false
}

// skipPlain goes to the next quote, or to the backslash before it.
func (s *Scanner) skipPlain() {
	rest := s.text[s.at:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		end = len(rest)
	}
	if escape := bytes.IndexByte(rest[:end], '\\'); escape >= 0 {
		end = escape
	}
	s.at += end
}

// value takes any value. A bare number or word may end the text.
func (s *Scanner) value() ([]byte, bool) {
	from := s.at
	if s.at == len(s.text) {
		return nil, false
	}
	switch s.text[s.at] {
	case '"':
		return s.quoted()
	case '{', '[':
		return s.nested()
	}
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ',', '}', ']', ':', '"', ' ', '\t', '\r', '\n':
			return s.text[from:s.at], s.at > from
		}
		s.at++
	}
	return s.text[from:], true
}

// nested takes an object or array by counting brackets outside strings.
func (s *Scanner) nested() ([]byte, bool) {
	from, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if _, ok := s.quoted(); !ok {
				return nil, false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return s.text[from:s.at], true
		}
	}
	return nil, false
}

// Unquote decodes a JSON string. What needs no decoding is a part of text.
func Unquote(text []byte) ([]byte, error) {
	if len(text) < 2 || text[0] != '"' {
		return nil, ErrSyntax
	}
	plain, ascii := true, true
	for _, c := range text[1 : len(text)-1] {
		if c == '\\' || c < ' ' || c == '"' {
			plain = false
			break
		}
		if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	if !plain || !ascii {
		if !utf8.Valid(text) {
			return nil, pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
		}
	}
	if plain {
		return text[1 : len(text)-1], nil
	}
	return decode(text)
}

// decode leaves escapes to encoding/json, but for those that name no character, which
// it would replace in silence.
func decode(text []byte) ([]byte, error) {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, ErrSyntax
	}
	if bytes.Contains(text, []byte("\\u")) && bytes.Contains([]byte(s), []byte("\uFFFD")) && !bytes.Contains(bytes.ToLower(text), []byte("\\ufffd")) && !bytes.Contains(text, []byte("\uFFFD")) {
		return nil, ErrSyntax
	}
	return []byte(s), nil
}

// IsNumber says whether a text is a number of JSON.
func IsNumber(v []byte) bool {
	v = bytes.TrimPrefix(v, []byte("-"))
	whole := digits(v)
	if whole == 0 || whole > 1 && v[0] == '0' {
		return false
	}
	if v = v[whole:]; len(v) > 0 && v[0] == '.' {
		n := digits(v[1:])
		if n == 0 {
			return false
		}
		v = v[1+n:]
	}
	if len(v) > 0 && (v[0] == 'e' || v[0] == 'E') {
		if v = v[1:]; len(v) > 0 && (v[0] == '+' || v[0] == '-') {
			v = v[1:]
		}
		n := digits(v)
		return n > 0 && n == len(v)
	}
	return len(v) == 0
}

func digits(v []byte) int {
	n := 0
	for n < len(v) && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	return n
}
