package objectstore

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// member is one key of a JSON object and its value's text.
type member struct {
	key   []byte
	value []byte
}

var errJSON = pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").
	WithHint("JSON lines hold one whole object a line.")

// members cuts a JSON object into its members, without decoding the values. The
// values are checked only as far as cutting needs; who uses one checks it.
func members(dst []member, line []byte) ([]member, error) {
	s := jsonScanner{text: line}
	s.space()
	if !s.take('{') {
		return dst, pgerr.New(pgerr.InvalidTextRepresentation, "a JSON line that is not an object").
			WithHint("JSON lines hold one object a line; an array of objects is to be written as lines.")
	}
	if s.space(); s.take('}') {
		return dst, s.end()
	}
	for {
		s.space()
		key, ok := s.stringText()
		if !ok {
			return dst, errJSON
		}
		name, err := unquote(key)
		if err != nil {
			return dst, err
		}
		if s.space(); !s.take(':') {
			return dst, errJSON
		}
		s.space()
		value, ok := s.value()
		if !ok {
			return dst, errJSON
		}
		dst = append(dst, member{name, value})
		s.space()
		if s.take('}') {
			return dst, s.end()
		}
		if !s.take(',') {
			return dst, errJSON
		}
	}
}

type jsonScanner struct {
	text []byte
	at   int
}

func (s *jsonScanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

func (s *jsonScanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *jsonScanner) end() error {
	if s.space(); s.at != len(s.text) {
		return errJSON
	}
	return nil
}

// stringText takes a string, quotes included.
func (s *jsonScanner) stringText() ([]byte, bool) {
	from := s.at
	if !s.take('"') {
		return nil, false
	}
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return s.text[from:s.at], true
		}
	}
	return nil, false
}

// value takes any value.
func (s *jsonScanner) value() ([]byte, bool) {
	from := s.at
	if s.at == len(s.text) {
		return nil, false
	}
	switch s.text[s.at] {
	case '"':
		return s.stringText()
	case '{', '[':
		return s.nested()
	}
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return s.text[from:s.at], s.at > from
		}
		s.at++
	}
	return nil, false
}

// nested takes an object or array by counting brackets outside strings.
func (s *jsonScanner) nested() ([]byte, bool) {
	from, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if _, ok := s.stringText(); !ok {
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

// unquote decodes a JSON string.
func unquote(text []byte) ([]byte, error) {
	plain := len(text) >= 2 && text[0] == '"'
	for _, c := range text[1:max(len(text)-1, 1)] {
		if c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		return text[1 : len(text)-1], nil
	}
	if !utf8.Valid(text) {
		return nil, pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, errJSON
	}
	return []byte(s), nil
}
