package pgtypes

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// maxDimensions is Postgres's MAXDIM.
const maxDimensions = 6

// appendArrayText is array_out: {1,2,NULL,"a b"}, after the bounds when they do
// not start at 1.
func appendArrayText(dst []byte, a Array, style Style) []byte {
	if len(a.Elements) == 0 {
		return append(dst, '{', '}')
	}
	bounds := false
	for _, d := range a.Dims {
		bounds = bounds || d.Lower != 1
	}
	if bounds {
		for _, d := range a.Dims {
			dst = append(dst, '[')
			dst = strconv.AppendInt(dst, int64(d.Lower), 10)
			dst = append(dst, ':')
			dst = strconv.AppendInt(dst, int64(d.Lower)+int64(d.Length)-1, 10)
			dst = append(dst, ']')
		}
		dst = append(dst, '=')
	}
	elements := a.Elements
	return appendArrayLevel(dst, a.ElementType, a.Dims, &elements, style)
}

func appendArrayLevel(dst []byte, element uint32, dims []ArrayDim, elements *[]Datum, style Style) []byte {
	dst = append(dst, '{')
	for i := range dims[0].Length {
		if i > 0 {
			dst = append(dst, ',')
		}
		if len(dims) > 1 {
			dst = appendArrayLevel(dst, element, dims[1:], elements, style)
			continue
		}
		if len(*elements) == 0 {
			break
		}
		dst = appendArrayElement(dst, element, (*elements)[0], style)
		*elements = (*elements)[1:]
	}
	return append(dst, '}')
}

func appendArrayElement(dst []byte, element uint32, v Datum, style Style) []byte {
	if v == nil {
		return append(dst, "NULL"...)
	}
	start := len(dst)
	dst = AppendText(dst, Of(element), v, style)
	if !arrayNeedsQuotes(dst[start:]) {
		return dst
	}
	text := string(dst[start:])
	dst = append(dst[:start], '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

func arrayNeedsQuotes(text []byte) bool {
	if len(text) == 0 || len(text) == 4 && strings.EqualFold(string(text), "null") {
		return true
	}
	for _, c := range text {
		switch c {
		case '"', '\\', '{', '}', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			return true
		}
	}
	return false
}

// arrayReader reads array_in's language.
type arrayReader struct {
	text    string
	at      int
	element Type
	style   Style

	dims     []ArrayDim // lengths of each level, learnt from its first member
	known    []bool
	elements []Datum
}

func errMalformedArray(text, detail string) *pgerr.Error {
	e := pgerr.New(pgerr.InvalidTextRepresentation, "malformed array literal: \"%s\"", text)
	e.Detail = detail
	return e
}

func parseArray(element Type, text string, style Style) (Datum, error) {
	r := &arrayReader{text: text, element: element, style: style}
	bounds, err := r.readBounds()
	if err != nil {
		return nil, err
	}
	r.skipSpace()
	if r.peek() != '{' {
		if bounds != nil {
			return nil, errMalformedArray(text, "Array contents must start with \"{\".")
		}
		return nil, errMalformedArray(text, "Array value must start with \"{\" or dimension information.")
	}
	if err := checkArray(text[r.at:]); err != nil {
		return nil, err
	}
	if err := r.countDims(bounds); err != nil {
		return nil, err
	}
	if err := r.readLevel(0); err != nil {
		return nil, err
	}
	r.skipSpace()
	if r.at < len(r.text) {
		return nil, errMalformedArray(text, "Junk after closing right brace.")
	}
	return r.finish(bounds)
}

func (r *arrayReader) finish(bounds []ArrayDim) (Datum, error) {
	a := Array{ElementType: r.element.OID, Elements: r.elements}
	if len(r.elements) == 0 {
		return a, nil
	}
	a.Dims = r.dims
	if bounds != nil {
		for i := range bounds {
			if bounds[i].Length != r.dims[i].Length {
				return nil, errMalformedArray(r.text, "Specified array dimensions do not match array contents.")
			}
		}
		a.Dims = bounds
	}
	return a, nil
}

func (r *arrayReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *arrayReader) skipSpace() {
	for r.at < len(r.text) && isSpace(r.text[r.at]) {
		r.at++
	}
}

// readBounds reads [2:4][0:1]= before the contents.
func (r *arrayReader) readBounds() ([]ArrayDim, error) {
	var dims []ArrayDim
	for {
		r.skipSpace()
		if r.peek() != '[' {
			break
		}
		r.at++
		if len(dims) >= maxDimensions {
			return nil, errTooManyDimensions(len(dims) + 1)
		}
		d, err := r.readBound()
		if err != nil {
			return nil, err
		}
		dims = append(dims, d)
	}
	if dims == nil {
		return nil, nil
	}
	if r.peek() != '=' {
		return nil, errMalformedArray(r.text, "Missing \"=\" after array dimensions.")
	}
	r.at++
	return dims, nil
}

func errTooManyDimensions(n int) error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", n, maxDimensions)
}

func (r *arrayReader) readBound() (ArrayDim, error) {
	missing := errMalformedArray(r.text, "\"[\" must introduce explicitly-specified array dimensions.")
	first, ok := r.readInt()
	if !ok {
		return ArrayDim{}, missing
	}
	lower, upper := int64(1), first
	if r.peek() == ':' {
		r.at++
		lower = first
		if upper, ok = r.readInt(); !ok {
			return ArrayDim{}, errMalformedArray(r.text, "Missing array dimension value.")
		}
	}
	if r.peek() != ']' {
		return ArrayDim{}, errMalformedArray(r.text, "Missing \"]\" after array dimensions.")
	}
	r.at++
	if upper < lower {
		return ArrayDim{}, pgerr.New(pgerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
	}
	return ArrayDim{Length: int32(upper - lower + 1), Lower: int32(lower)}, nil
}

func (r *arrayReader) readInt() (int64, bool) {
	start := r.at
	if c := r.peek(); c == '-' || c == '+' {
		r.at++
	}
	for isDigit(r.peek()) {
		r.at++
	}
	v, err := strconv.ParseInt(r.text[start:r.at], 10, 32)
	return v, err == nil
}

// countDims finds the depth from the opening braces.
func (r *arrayReader) countDims(bounds []ArrayDim) error {
	depth := 0
	for i := r.at; i < len(r.text); i++ {
		if r.text[i] == '{' {
			depth++
			continue
		}
		if !isSpace(r.text[i]) {
			break
		}
	}
	if depth > maxDimensions {
		return errTooManyDimensions(depth)
	}
	if bounds != nil && len(bounds) != depth {
		return errMalformedArray(r.text, "Specified array dimensions do not match array contents.")
	}
	r.dims = make([]ArrayDim, depth)
	r.known = make([]bool, depth)
	for i := range r.dims {
		r.dims[i].Lower = 1
	}
	return nil
}

func (r *arrayReader) unexpected(c string) error {
	return errMalformedArray(r.text, "Unexpected \""+c+"\" character.")
}

func (r *arrayReader) errRagged() error {
	return errMalformedArray(r.text, "Multidimensional arrays must have sub-arrays with matching dimensions.")
}

// readLevel reads one {…}, r.at being at its brace.
func (r *arrayReader) readLevel(level int) error {
	r.at++
	count := int32(0)
	for {
		r.skipSpace()
		switch r.peek() {
		case 0:
			if r.at >= len(r.text) {
				return errMalformedArray(r.text, "Unexpected end of input.")
			}
		case '}':
			if count > 0 {
				return r.unexpected("}")
			}
			r.at++
			return r.closeLevel(level, 0)
		case ',':
			return r.unexpected(",")
		}
		if err := r.readMember(level); err != nil {
			return err
		}
		count++
		r.skipSpace()
		switch r.peek() {
		case ',':
			r.at++
		case '}':
			r.at++
			return r.closeLevel(level, count)
		case '{':
			return r.unexpected("{")
		default:
			if r.at >= len(r.text) {
				return errMalformedArray(r.text, "Unexpected end of input.")
			}
			return errMalformedArray(r.text, "Unexpected array element.")
		}
	}
}

func (r *arrayReader) closeLevel(level int, count int32) error {
	if !r.known[level] {
		r.known[level] = true
		r.dims[level].Length = count
		return nil
	}
	if r.dims[level].Length != count {
		return r.errRagged()
	}
	return nil
}

func (r *arrayReader) readMember(level int) error {
	if r.peek() == '{' {
		if level+1 >= len(r.dims) {
			return r.unexpected("{")
		}
		return r.readLevel(level + 1)
	}
	if level+1 < len(r.dims) {
		return r.errRagged()
	}
	text, null, err := r.readElement()
	if err != nil {
		return err
	}
	if null {
		r.elements = append(r.elements, nil)
		return nil
	}
	v, err := Parse(r.element, text, r.style)
	if err != nil {
		return err
	}
	r.elements = append(r.elements, v)
	return nil
}

func (r *arrayReader) readElement() (text string, null bool, err error) {
	if r.peek() == '"' {
		text, err = r.readQuoted()
		return text, false, err
	}
	var out []byte
	escaped, end := false, 0 // end is past the last character that is not a blank
	for r.at < len(r.text) {
		c := r.text[r.at]
		switch c {
		case '\\':
			r.at++
			if r.at >= len(r.text) {
				return "", false, errMalformedArray(r.text, "Unexpected end of input.")
			}
			out = append(out, r.text[r.at])
			escaped, end = true, len(out)
			r.at++
			continue
		case ',', '}':
			out = out[:end]
			return string(out), !escaped && strings.EqualFold(string(out), "null"), nil
		case '{':
			return "", false, r.unexpected("{")
		case '"':
			return "", false, errMalformedArray(r.text, "Unexpected array element.")
		}
		out = append(out, c)
		if !isSpace(c) {
			end = len(out)
		}
		r.at++
	}
	return "", false, errMalformedArray(r.text, "Unexpected end of input.")
}

func (r *arrayReader) readQuoted() (string, error) {
	var out []byte
	for r.at++; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		if c == '"' {
			r.at++
			return string(out), nil
		}
		if c == '\\' {
			r.at++
			if r.at >= len(r.text) {
				break
			}
			c = r.text[r.at]
		}
		out = append(out, c)
	}
	return "", errMalformedArray(r.text, "Unexpected end of input.")
}
