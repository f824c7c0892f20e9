package pgtypes

import (
	"sort"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// jsonValue is a JSON value in jsonb's terms.
type jsonValue struct {
	kind     jsonToken // jsonString, jsonNumber, jsonTrue, jsonFalse, jsonNull, jsonObjectStart, jsonArrayStart
	text     string
	number   Numeric
	keys     []string // of an object, beside elements
	elements []*jsonValue
}

// CanonicalJSONB is jsonb's input function: the text form that jsonb prints, with
// sorted unique keys and numbers as numeric.
func CanonicalJSONB(text string) (string, error) {
	p := jsonParser{lexer: jsonLexer{text: text}, build: true}
	v, err := p.parse()
	if err != nil {
		return "", err
	}
	if err := v.check(); err != nil {
		return "", err
	}
	return string(v.append(make([]byte, 0, len(text)+len(text)/8))), nil
}

// jsonbMaxLength is the longest string that a jsonb entry's length field holds.
const jsonbMaxLength = 0x0FFFFFFF

func (v *jsonValue) check() error {
	if len(v.text) > jsonbMaxLength {
		return pgerr.New(pgerr.ProgramLimitExceeded, "string too long to represent as jsonb string").
			WithDetail("Due to an implementation restriction, jsonb strings cannot exceed %d bytes.", jsonbMaxLength)
	}
	return nil
}

// sortKeys orders by length, then bytes; of equal keys the last stays.
func (v *jsonValue) sortKeys() {
	order := make([]int, len(v.keys))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return compareKeys(v.keys[order[i]], v.keys[order[j]]) < 0 })
	keys := make([]string, 0, len(order))
	elements := make([]*jsonValue, 0, len(order))
	for _, i := range order {
		if n := len(keys); n > 0 && keys[n-1] == v.keys[i] {
			elements[n-1] = v.elements[i]
			continue
		}
		keys = append(keys, v.keys[i])
		elements = append(elements, v.elements[i])
	}
	v.keys, v.elements = keys, elements
}

func compareKeys(a, b string) int {
	if c := compareInts(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func (v *jsonValue) append(dst []byte) []byte {
	switch v.kind {
	case jsonString:
		return AppendJSONString(dst, v.text)
	case jsonNumber:
		return v.number.Append(dst)
	case jsonTrue:
		return append(dst, "true"...)
	case jsonFalse:
		return append(dst, "false"...)
	case jsonNull:
		return append(dst, "null"...)
	}
	opening, closing := byte('['), byte(']')
	if v.kind == jsonObjectStart {
		opening, closing = '{', '}'
	}
	dst = append(dst, opening)
	for i, e := range v.elements {
		if i > 0 {
			dst = append(dst, ',', ' ')
		}
		if v.kind == jsonObjectStart {
			dst = append(AppendJSONString(dst, v.keys[i]), ':', ' ')
		}
		dst = e.append(dst)
	}
	return append(dst, closing)
}

// AppendJSONString appends s as a JSON string, escaped as Postgres does it.
func AppendJSONString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		default:
			if at := strings.IndexByte("\b\f\n\r\t", c); at >= 0 {
				dst = append(dst, '\\', "bfnrt"[at])
			} else {
				dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			}
		}
	}
	return append(dst, '"')
}

// compareJSONB is jsonb's btree order.
func compareJSONB(a, b string) int {
	if a == b {
		return 0
	}
	va, errA := (&jsonParser{lexer: jsonLexer{text: a}, build: true}).parse()
	vb, errB := (&jsonParser{lexer: jsonLexer{text: b}, build: true}).parse()
	if errA != nil || errB != nil {
		return strings.Compare(a, b)
	}
	return va.compare(vb)
}

// rank orders kinds: Null < String < Number < Boolean < Array < Object. Postgres
// puts an empty top-level array below everything; the caller sees to that.
func (v *jsonValue) rank() int {
	switch v.kind {
	case jsonNull:
		return 0
	case jsonString:
		return 1
	case jsonNumber:
		return 2
	case jsonTrue, jsonFalse:
		return 3
	case jsonArrayStart:
		return 4
	}
	return 5
}

func (v *jsonValue) compare(w *jsonValue) int {
	// An empty array at the top sorts below all scalars: they are stored as
	// one-element arrays, and arrays compare by their count first.
	topArray := func(x *jsonValue) bool { return x.kind == jsonArrayStart && len(x.elements) == 0 }
	if v.kind != jsonObjectStart && w.kind != jsonObjectStart && topArray(v) != topArray(w) {
		return b2i(topArray(w)) - b2i(topArray(v))
	}
	return v.compareInner(w)
}

func (v *jsonValue) compareInner(w *jsonValue) int {
	if c := compareInts(v.rank(), w.rank()); c != 0 {
		return c
	}
	switch v.kind {
	case jsonString:
		return strings.Compare(v.text, w.text)
	case jsonNumber:
		return v.number.Cmp(w.number)
	case jsonTrue, jsonFalse:
		return b2i(v.kind == jsonTrue) - b2i(w.kind == jsonTrue)
	}
	if c := compareInts(len(v.elements), len(w.elements)); c != 0 {
		return c
	}
	for i := range v.elements {
		if v.kind == jsonObjectStart {
			// Keys compare by bytes here, not by length first.
			if c := strings.Compare(v.keys[i], w.keys[i]); c != 0 {
				return c
			}
		}
		if c := v.elements[i].compareInner(w.elements[i]); c != 0 {
			return c
		}
	}
	return 0
}
