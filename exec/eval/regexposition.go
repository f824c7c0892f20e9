package eval

import (
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// positionFunctions are the functions that look for the n-th match of a regular
// expression from some character on.
var positionFunctions = map[string]builtin{
	"regexp_instr_no_start": fn(regexInstr), "regexp_instr_no_n": fn(regexInstr), "regexp_instr_no_endoption": fn(regexInstr),
	"regexp_instr_no_flags": fn(regexInstr), "regexp_instr_no_subexpr": fn(regexInstr), "regexp_instr": fn(regexInstr),
	"regexp_substr_no_start": fn(regexSubstr), "regexp_substr_no_n": fn(regexSubstr), "regexp_substr_no_flags": fn(regexSubstr),
	"regexp_substr_no_subexpr": fn(regexSubstr), "regexp_substr": fn(regexSubstr),
	"textregexreplace_extended_no_n": fn(regexReplaceFrom), "textregexreplace_extended_no_flags": fn(regexReplaceFrom),
	"textregexreplace_extended": fn(regexReplaceFrom),
}

// search is the arguments of such a function.
type search struct {
	text, pattern, flags   string
	start, n, end, subexpr int32
}

func (s *search) check(function string) error {
	for _, a := range []struct {
		name  string
		value int32
		bad   bool
	}{
		{"start", s.start, s.start <= 0},
		{"n", s.n, s.n <= 0},
		{"endoption", s.end, s.end != 0 && s.end != 1},
		{"subexpr", s.subexpr, s.subexpr < 0},
	} {
		if a.bad {
			return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", a.name, a.value)
		}
	}
	return noGlobal(s.flags, function)
}

// argument sets *to when the call has an i-th argument.
func argument[T any](args []pgtypes.Datum, i int, to *T) {
	if i < len(args) {
		*to = args[i].(T)
	}
}

// find is the n-th match at or behind the start, or its subexpression; false if there
// is none.
func (s *search) find(c *call) (from, to int, ok bool, err error) {
	re, err := c.positional(s.pattern, s.flags)
	if err != nil {
		return 0, 0, false, err
	}
	if int(s.start) > utf8.RuneCountInString(s.text)+1 {
		return 0, 0, false, nil
	}
	offset := runeOffset(s.text, int(s.start-1))
	matches := re.FindAllStringSubmatchIndex(s.text[offset:], int(s.n))
	if len(matches) < int(s.n) {
		return 0, 0, false, nil
	}
	m, at := matches[s.n-1], 2*int(s.subexpr)
	if at >= len(m) || m[at] < 0 {
		return 0, 0, false, nil
	}
	return offset + m[at], offset + m[at+1], true, nil
}

// regexInstr is regexp_instr(text, pattern, start, n, endoption, flags, subexpr).
func regexInstr(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	s := search{text: args[0].(string), pattern: args[1].(string), start: 1, n: 1}
	argument(args, 2, &s.start)
	argument(args, 3, &s.n)
	argument(args, 4, &s.end)
	argument(args, 5, &s.flags)
	argument(args, 6, &s.subexpr)
	if err := s.check("regexp_instr()"); err != nil {
		return nil, err
	}
	from, to, ok, err := s.find(c)
	if err != nil || !ok {
		return int32(0), err
	}
	if s.end == 1 {
		from = to
	}
	return int32(utf8.RuneCountInString(s.text[:from])) + 1, nil
}

// regexSubstr is regexp_substr(text, pattern, start, n, flags, subexpr).
func regexSubstr(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	s := search{text: args[0].(string), pattern: args[1].(string), start: 1, n: 1}
	argument(args, 2, &s.start)
	argument(args, 3, &s.n)
	argument(args, 4, &s.flags)
	argument(args, 5, &s.subexpr)
	if err := s.check("regexp_substr()"); err != nil {
		return nil, err
	}
	from, to, ok, err := s.find(c)
	if err != nil || !ok {
		return nil, err
	}
	return strings.Clone(s.text[from:to]), nil
}

// regexReplaceFrom is regexp_replace(text, pattern, replacement, start, n, flags);
// n = 0 replaces every match.
func regexReplaceFrom(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, with, start, n, flags := args[0].(string), args[2].(string), args[3].(int32), int32(1), ""
	argument(args, 4, &n)
	argument(args, 5, &flags)
	switch {
	case start <= 0:
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", "start", start)
	case n < 0:
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", "n", n)
	}
	re, err := c.positional(args[1].(string), strings.ReplaceAll(flags, "g", ""))
	if err != nil {
		return nil, err
	}
	if int(start) > utf8.RuneCountInString(text)+1 {
		return text, nil
	}
	offset := runeOffset(text, int(start-1))
	tail, limit := text[offset:], int(n)
	if n == 0 {
		limit = -1
	}
	var b strings.Builder
	b.WriteString(text[:offset])
	from := 0
	for i, m := range re.FindAllStringSubmatchIndex(tail, limit) {
		if n > 0 && i+1 < int(n) {
			continue
		}
		b.WriteString(tail[from:m[0]])
		expandReplacement(&b, with, tail, m)
		from = m[1]
	}
	b.WriteString(tail[from:])
	return b.String(), nil
}
