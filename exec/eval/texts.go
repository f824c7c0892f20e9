package eval

import (
	"crypto/md5" //nolint:gosec // md5() is Postgres's, not a protection
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// textFunctions are the functions of text.
var textFunctions = map[string]builtin{
	"textcat": f2(func(a, b string) string { return a + b }),
	"textlen": f1(func(s string) int32 { return int32(utf8.RuneCountInString(s)) }), "bpcharlen": f1(func(s string) int32 { return int32(utf8.RuneCountInString(trimBlanks(s))) }),
	"textoctetlen": f1(func(s string) int32 { return int32(len(s)) }), "bpcharoctetlen": f1(func(s string) int32 { return int32(len(s)) }),
	"bit_length(25)": f1(func(s string) int32 { return int32(8 * len(s)) }), "bit_length(17)": f1(func(s []byte) int32 { return int32(8 * len(s)) }),
	"lower": changeCase('A', strings.ToLower), "upper": changeCase('a', strings.ToUpper), "initcap": f1(initcap),
	"btrim": f2(func(s, set string) string { return trimSet(s, set, true, true) }), "btrim1": f1(func(s string) string { return strings.Trim(s, " ") }),
	"ltrim": f2(func(s, set string) string { return trimSet(s, set, true, false) }), "ltrim1": f1(func(s string) string { return strings.TrimLeft(s, " ") }),
	"rtrim": f2(func(s, set string) string { return trimSet(s, set, false, true) }),
	"text_substr": f3e(func(s string, from, count int32) (string, error) {
		return substring(s, int64(from), int64(count), true)
	}),
	"text_substr_no_len": f2e(func(s string, from int32) (string, error) { return substring(s, int64(from), 0, false) }),
	"textpos":            f2(func(s, part string) int32 { return position(s, part) }),
	"replace_text": f3(func(s, from, to string) string {
		if from == "" {
			return s
		}
		return strings.ReplaceAll(s, from, to)
	}),
	"translate":  f3(translateText),
	"split_part": f3e(splitPart),
	"text_left": f2(func(s string, n int32) string {
		if n < 0 {
			n = max(int32(utf8.RuneCountInString(s))+n, 0)
		}
		return s[:runeOffset(s, int(n))]
	}),
	"text_right": f2(func(s string, n int32) string {
		if n < 0 {
			n = -n
		} else {
			n = max(int32(utf8.RuneCountInString(s))-n, 0)
		}
		return s[runeOffset(s, int(n)):]
	}),
	"lpad": f3e(func(s string, n int32, fill string) (string, error) { return pad(s, n, fill, true) }), "lpad(25,23)": f2e(func(s string, n int32) (string, error) { return pad(s, n, " ", true) }),
	"rpad": f3e(func(s string, n int32, fill string) (string, error) { return pad(s, n, fill, false) }), "rpad(25,23)": f2e(func(s string, n int32) (string, error) { return pad(s, n, " ", false) }),
	"repeat":       f2e(repeat),
	"text_reverse": f1(reverse),
	"chr":          f1e(chr),
	"ascii": f1(func(s string) int32 {
		r, size := utf8.DecodeRuneInString(s)
		if size == 0 {
			return 0
		}
		return r
	}),
	"md5_text": f1(func(s string) string {
		sum := md5.Sum([]byte(s)) //nolint:gosec // md5() is Postgres's, not a protection
		return hex.EncodeToString(sum[:])
	}),
	"quote_ident": f1(quoteIdent), "quote_literal": f1(quoteLiteral),
	"quote_nullable": fnNulls(func(_ *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		if a[0] == nil {
			return "NULL", nil
		}
		return quoteLiteral(a[0].(string)), nil
	}),
	"quote_literal(2283)": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return quoteLiteral(textOf(c, c.args[0], a[0])), nil
	}),
	"quote_nullable(2283)": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		if a[0] == nil {
			return "NULL", nil
		}
		return quoteLiteral(textOf(c, c.args[0], a[0])), nil
	}),
	"text_starts_with": f2(strings.HasPrefix),
	"textoverlay": f4c(func(_ *call, s, with string, from, count int32) (string, error) {
		return overlay(s, with, int64(from), int64(count))
	}),
	"textoverlay_no_len": f3e(func(s, with string, from int32) (string, error) {
		return overlay(s, with, int64(from), int64(utf8.RuneCountInString(with)))
	}),
	"text_concat": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return concat(c, "", a, c.args), nil }),
	"text_concat_ws": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		if a[0] == nil {
			return nil, nil
		}
		return concat(c, a[0].(string), a[1:], c.args[1:]), nil
	}),
	"text_format": fnNulls(formatText), "text_format_nv": fnNulls(formatText),
	"text_larger": f2(func(a, b string) string {
		if a > b {
			return strings.Clone(a)
		}
		return strings.Clone(b)
	}),
	"text_smaller": f2(func(a, b string) string {
		if a < b {
			return strings.Clone(a)
		}
		return strings.Clone(b)
	}),
	"textanycat": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return a[0].(string) + castToText(c, c.args[1], a[1]), nil
	}),
	"anytextcat": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return castToText(c, c.args[0], a[0]) + a[1].(string), nil
	}),
	"||(25,2776)": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return a[0].(string) + castToText(c, c.args[1], a[1]), nil
	}),
	"textanycat(25,2776)": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return a[0].(string) + castToText(c, c.args[1], a[1]), nil
	}),
	"anytextcat(2776,25)": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		return castToText(c, c.args[0], a[0]) + a[1].(string), nil
	}),
	"unicode_normalize_func": f2e(normalize), "unicode_is_normalized": f2e(isNormalized),
	"text_pattern_lt": f2(func(a, b string) bool { return a < b }), "text_pattern_le": f2(func(a, b string) bool { return a <= b }),
	"text_pattern_gt": f2(func(a, b string) bool { return a > b }), "text_pattern_ge": f2(func(a, b string) bool { return a >= b }),
	"substring(25,25,25)": fn(substringSimilar), "unistr": f1e(unistr),
	"parse_ident": f2e(parseIdent),
}

// changeCase is upper and lower: ASCII letters, of which first is the first that
// changes, in place of a copy; other texts by f.
func changeCase(first byte, f func(string) string) builtin {
	return builtin{costly: true, run: func(_ *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormString, n)
		a, m := args[0], rowIndex(args[0])
		vector.Each(nil, sel, n, func(row int) {
			s := stringAt(a, row&m)
			view := dst.AppendString(s)
			ascii := byte(0)
			out := dst.Heap[view.Off:]
			for i, c := range out {
				ascii |= c
				if c-first < 26 {
					out[i] = c ^ 0x20
				}
			}
			if ascii >= utf8.RuneSelf {
				dst.Heap = dst.Heap[:view.Off]
				view = dst.AppendString(f(s))
			}
			dst.Str[row] = view
		})
		return nil
	}}
}

func initcap(s string) string {
	out := make([]byte, 0, len(s))
	inWord := false
	for _, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsNumber(r)
		if inWord {
			out = utf8.AppendRune(out, unicode.ToLower(r))
		} else {
			out = utf8.AppendRune(out, unicode.ToUpper(r))
		}
		inWord = letter
	}
	return string(out)
}

func trimSet(s, set string, left, right bool) string {
	if set == "" {
		return s
	}
	if left {
		s = strings.TrimLeft(s, set)
	}
	if right {
		s = strings.TrimRight(s, set)
	}
	return s
}

// runeOffset is the byte offset of the n-th character, at most the length.
func runeOffset(s string, n int) int {
	if n <= 0 {
		return 0
	}
	for i := 0; i < len(s); {
		if n == 0 {
			return i
		}
		if s[i] < utf8.RuneSelf {
			i++
		} else {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
		}
		n--
	}
	return len(s)
}

func errNegativeSubstring() error {
	return pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
}

// substring counts characters from 1; a start before 1 uses up the length.
func substring(s string, from, count int64, limited bool) (string, error) {
	if limited {
		if count < 0 {
			return "", errNegativeSubstring()
		}
		end := from + count
		if end <= 1 {
			return "", nil
		}
		count = end - max(from, 1)
	}
	s = s[runeOffset(s, int(max(from, 1)-1)):]
	if limited {
		s = s[:runeOffset(s, int(count))]
	}
	return s, nil
}

func position(s, part string) int32 {
	i := strings.Index(s, part)
	if i < 0 {
		return 0
	}
	return int32(utf8.RuneCountInString(s[:i])) + 1
}

func translateText(s, from, to string) string {
	table := map[rune]rune{}
	target := []rune(to)
	for i, r := range []rune(from) {
		if _, ok := table[r]; ok {
			continue
		}
		table[r] = -1
		if i < len(target) {
			table[r] = target[i]
		}
	}
	return strings.Map(func(r rune) rune {
		if to, ok := table[r]; ok {
			return to
		}
		return r
	}, s)
}

func splitPart(s, separator string, n int32) (string, error) {
	if n == 0 {
		return "", pgerr.New(pgerr.InvalidParameterValue, "field position must not be zero")
	}
	parts := []string{s}
	if separator != "" {
		parts = strings.Split(s, separator)
	}
	i := int(n) - 1
	if n < 0 {
		i = len(parts) + int(n)
	}
	if i < 0 || i >= len(parts) || s == "" {
		return "", nil
	}
	return parts[i], nil
}

// maxText is what a text can hold: 1 GB less a header.
const maxText = 1<<30 - 4

func errTooLong() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "requested length too large")
}

func pad(s string, n int32, fill string, left bool) (string, error) {
	length := utf8.RuneCountInString(s)
	if int64(n)*4 > maxText && int(n) > length {
		return "", errTooLong()
	}
	if int(n) <= length || fill == "" {
		return s[:runeOffset(s, int(n))], nil
	}
	missing := int(n) - length
	width := utf8.RuneCountInString(fill)
	padding := strings.Repeat(fill, missing/width) + fill[:runeOffset(fill, missing%width)]
	if left {
		return padding + s, nil
	}
	return s + padding, nil
}

func repeat(s string, n int32) (string, error) {
	if n <= 0 {
		return "", nil
	}
	if int64(len(s))*int64(n) > maxText {
		return "", errTooLong()
	}
	return strings.Repeat(s, int(n)), nil
}

func reverse(s string) string {
	out := make([]byte, len(s))
	end := len(s)
	for _, r := range s {
		end -= utf8.RuneLen(r)
		utf8.EncodeRune(out[end:], r)
	}
	return string(out)
}

func chr(n int32) (string, error) {
	switch {
	case n < 0:
		return "", pgerr.New(pgerr.InvalidParameterValue, "character number must be positive")
	case n == 0:
		return "", pgerr.New(pgerr.ProgramLimitExceeded, "null character not permitted")
	case n > 0x10FFFF:
		return "", pgerr.New(pgerr.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
	case n >= 0xD800 && n <= 0xDFFF:
		return "", pgerr.New(pgerr.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
	}
	return string(rune(n)), nil
}

func overlay(s, with string, from, count int64) (string, error) {
	if from <= 0 {
		return "", errNegativeSubstring()
	}
	if count > 1<<31-1-from {
		return "", outOfRange(width4)
	}
	head, err := substring(s, 1, from-1, true)
	if err != nil {
		return "", err
	}
	tail, err := substring(s, from+count, 0, false)
	return head + with + tail, err
}

func quoteLiteral(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// concat joins what is not NULL. A VARIADIC array counts as its elements.
func concat(c *call, separator string, args []pgtypes.Datum, types []pgtypes.Type) string {
	args, types = spread(args, types, c)
	var b strings.Builder
	first := true
	for i, a := range args {
		if a == nil {
			continue
		}
		if !first {
			b.WriteString(separator)
		}
		first = false
		b.WriteString(concatText(c, types[i], a))
	}
	return b.String()
}

// concatText is the output function, with true and false as t and f.
func concatText(c *call, t pgtypes.Type, d pgtypes.Datum) string { return textOf(c, t, d) }

// spread replaces a lone array argument of a VARIADIC "any" function, which only an
// explicit VARIADIC leaves as an array, by its elements.
func spread(args []pgtypes.Datum, types []pgtypes.Type, c *call) ([]pgtypes.Datum, []pgtypes.Type) {
	if !c.variadicArray || len(args) == 0 {
		return args, types
	}
	last := len(args) - 1
	a, ok := args[last].(pgtypes.Array)
	if !ok {
		return args[:last], types[:last]
	}
	args = append(append([]pgtypes.Datum(nil), args[:last]...), a.Elements...)
	spreadTypes := append([]pgtypes.Type(nil), types[:last]...)
	for range a.Elements {
		spreadTypes = append(spreadTypes, pgtypes.Of(a.ElementType))
	}
	return args, spreadTypes
}
