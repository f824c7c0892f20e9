package eval

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// formatter is one run of format(): a text with %[position$][-][width]type.
type formatter struct {
	c     *call
	args  []pgtypes.Datum
	types []pgtypes.Type
	next  int // the argument that an unnumbered specifier takes
	text  string
	out   strings.Builder
}

func formatText(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	if args[0] == nil {
		return nil, nil
	}
	rest, types := spread(args[1:], c.args[1:], c)
	f := &formatter{c: c, args: rest, types: types, text: args[0].(string)}
	for f.text != "" {
		i := strings.IndexByte(f.text, '%')
		if i < 0 {
			f.out.WriteString(f.text)
			break
		}
		f.out.WriteString(f.text[:i])
		f.text = f.text[i+1:]
		if err := f.specifier(); err != nil {
			return nil, err
		}
	}
	return f.out.String(), nil
}

func errFormat(message string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "%s", message)
}

var errUnterminated = pgerr.New(pgerr.InvalidParameterValue, "unterminated format() type specifier").
	WithHint("For a single \"%%\" use \"%%%%\".")

func (f *formatter) specifier() error {
	if f.text == "" {
		return errUnterminated
	}
	if f.text[0] == '%' {
		f.out.WriteByte('%')
		f.text = f.text[1:]
		return nil
	}
	position, left, width, err := f.flags()
	if err != nil {
		return err
	}
	if f.text == "" {
		return errUnterminated
	}
	kind := f.text[0]
	if kind != 's' && kind != 'I' && kind != 'L' {
		r, _ := utf8.DecodeRuneInString(f.text)
		return pgerr.New(pgerr.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", r).WithHint("For a single \"%%\" use \"%%%%\".")
	}
	f.text = f.text[1:]
	if position > 0 {
		f.next = position - 1
	}
	if f.next >= len(f.args) {
		return errFormat("too few arguments for format()")
	}
	value, t := f.args[f.next], f.types[f.next]
	f.next++
	s, err := f.convert(kind, value, t)
	if err == nil {
		f.write(s, width, left)
	}
	return err
}

// number reads digits; ok is false when there are none.
func (f *formatter) number() (n int, ok bool, err error) {
	i := 0
	for i < len(f.text) && f.text[i] >= '0' && f.text[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, false, nil
	}
	n, err = strconv.Atoi(f.text[:i])
	if err != nil || n > 1<<31-1 {
		return 0, false, pgerr.New(pgerr.NumericValueOutOfRange, "number is out of range")
	}
	f.text = f.text[i:]
	if f.text == "" {
		return 0, false, errUnterminated
	}
	return n, true, nil
}

func (f *formatter) flags() (position int, left bool, width int, err error) {
	n, ok, err := f.number()
	if err != nil {
		return 0, false, 0, err
	}
	if ok {
		if f.text[0] != '$' {
			return 0, false, n, nil
		}
		if n == 0 {
			return 0, false, 0, errFormat("format specifies argument 0, but arguments are numbered from 1")
		}
		position, f.text = n, f.text[1:]
	}
	for strings.HasPrefix(f.text, "-") {
		left, f.text = true, f.text[1:]
	}
	if strings.HasPrefix(f.text, "*") {
		f.text = f.text[1:]
		width, err = f.starWidth()
	} else {
		width, _, err = f.number()
	}
	if width < 0 {
		left, width = true, -width
	}
	return position, left, width, err
}

// starWidth takes the width from an argument.
func (f *formatter) starWidth() (int, error) {
	n, ok, err := f.number()
	if err != nil {
		return 0, err
	}
	at := f.next
	if ok {
		if f.text[0] != '$' {
			return 0, errFormat("width argument position must be ended by \"$\"")
		}
		if n == 0 {
			return 0, errFormat("format specifies argument 0, but arguments are numbered from 1")
		}
		at, f.text = n-1, f.text[1:]
	}
	if at >= len(f.args) {
		return 0, errFormat("too few arguments for format()")
	}
	f.next = at + 1
	switch w := f.args[at].(type) {
	case nil:
		return 0, nil
	case int32:
		return int(w), nil
	default:
		d, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDInt4), textOf(f.c, f.types[at], w), f.c.ctx.Style)
		if err != nil {
			return 0, err
		}
		return int(d.(int32)), nil
	}
}

func (f *formatter) convert(kind byte, value pgtypes.Datum, t pgtypes.Type) (string, error) {
	if value == nil {
		switch kind {
		case 'I':
			return "", pgerr.New(pgerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
		case 'L':
			return "NULL", nil
		}
		return "", nil
	}
	s := textOf(f.c, t, value)
	switch kind {
	case 'I':
		return quoteIdent(s), nil
	case 'L':
		return quoteLiteral(s), nil
	}
	return s, nil
}

func (f *formatter) write(s string, width int, left bool) {
	padding := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if left {
		f.out.WriteString(s + padding)
	} else {
		f.out.WriteString(padding + s)
	}
}

// unistr resolves \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX and \\.
func unistr(s string) (string, error) {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if strings.HasPrefix(s, `\`) {
			b.WriteByte('\\')
			s = s[1:]
			continue
		}
		skip, digits := 0, 4
		switch {
		case strings.HasPrefix(s, "+"):
			skip, digits = 1, 6
		case strings.HasPrefix(s, "u"):
			skip = 1
		case strings.HasPrefix(s, "U"):
			skip, digits = 1, 8
		}
		if len(s) < skip+digits {
			return "", errUnicodeEscape()
		}
		n, err := strconv.ParseUint(s[skip:skip+digits], 16, 32)
		if err != nil {
			return "", errUnicodeEscape()
		}
		if n > 0x10FFFF || n == 0 || n >= 0xD800 && n < 0xE000 {
			return "", pgerr.New(pgerr.InvalidParameterValue, "invalid Unicode code point: %04X", n)
		}
		b.WriteRune(rune(n))
		s = s[skip+digits:]
	}
	return b.String(), nil
}

func errUnicodeEscape() error {
	return pgerr.New(pgerr.SyntaxError, "invalid Unicode escape").
		WithHint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
}

// parseIdent splits a qualified identifier.
func parseIdent(s string, strict bool) (pgtypes.Array, error) {
	var parts []pgtypes.Datum
	bad := func(detail string) error {
		e := pgerr.New(pgerr.InvalidParameterValue, "string is not a valid identifier: \"%s\"", s)
		if detail != "" {
			e = e.WithDetail("%s", detail)
		}
		return e
	}
	rest := strings.TrimLeft(s, " \t\n\r\f\v")
	for {
		part, after, ok := "", "", false
		if strings.HasPrefix(rest, `"`) {
			if part, after, ok = quotedPart(rest[1:]); !ok {
				return pgtypes.Array{}, bad("String has unclosed double quotes.")
			}
			if part == "" {
				return pgtypes.Array{}, bad("Quoted identifier must not be empty.")
			}
		} else if part, after = plainPart(rest); part == "" {
			switch {
			case strings.HasPrefix(rest, "."):
				return pgtypes.Array{}, bad("No valid identifier before \".\".")
			case len(parts) > 0:
				return pgtypes.Array{}, bad("No valid identifier after \".\".")
			}
			return pgtypes.Array{}, bad("")
		}
		parts = append(parts, part)
		rest = strings.TrimLeft(after, " \t\n\r\f\v")
		if !strings.HasPrefix(rest, ".") {
			break
		}
		rest = strings.TrimLeft(rest[1:], " \t\n\r\f\v")
	}
	if rest != "" && strict {
		return pgtypes.Array{}, bad("")
	}
	return pgtypes.NewArray(pgtypes.OIDText, parts), nil
}

func quotedPart(s string) (part, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

func plainPart(s string) (part, rest string) {
	i := 0
	for i < len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
		if !letter && (i == 0 || c != '$' && (c < '0' || c > '9')) {
			break
		}
		i++
	}
	return strings.ToLower(s[:i]), s[i:]
}
