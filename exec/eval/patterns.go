package eval

import (
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// patternFunctions are LIKE, the regular expression operators and functions.
var patternFunctions = map[string]builtin{
	"textlike": like(false, false), "textnlike": like(false, true), "texticlike": like(true, false), "texticnlike": like(true, true),
	"namelike": like(false, false), "namenlike": like(false, true), "nameiclike": like(true, false), "nameicnlike": like(true, true),
	"bpcharlike": like(false, false), "bpcharnlike": like(false, true), "bpchariclike": like(true, false), "bpcharicnlike": like(true, true),
	"bytealike": like(false, false), "byteanlike": like(false, true),
	"like_escape": f2e(likeEscape),
	"textregexeq": matches(false, false), "textregexne": matches(false, true), "texticregexeq": matches(true, false), "texticregexne": matches(true, true),
	"nameregexeq": matches(false, false), "nameregexne": matches(false, true), "nameicregexeq": matches(true, false), "nameicregexne": matches(true, true),
	"bpcharregexeq": matches(false, false), "bpcharregexne": matches(false, true), "bpcharicregexeq": matches(true, false), "bpcharicregexne": matches(true, true),
	"similar_to_escape_1": f1e(func(p string) (string, error) { return similarToRegex(p, `\`) }),
	"similar_to_escape_2": f2e(similarToRegex),
	"textregexsubstr": f2c(func(c *call, s, p string) (string, error) {
		re, err := c.positional(p, "")
		if err != nil {
			return "", err
		}
		m := re.FindStringSubmatchIndex(s)
		if m == nil {
			return "", errNull
		}
		if len(m) > 2 {
			m = m[2:4]
		}
		if m[0] < 0 {
			return "", errNull
		}
		return s[m[0]:m[1]], nil
	}),
	"textregexreplace_noopt":         f3c(func(c *call, s, p, with string) (string, error) { return regexReplace(c, s, p, with, "") }),
	"textregexreplace":               f4c(regexReplace),
	"regexp_match_no_flags":          f2c(func(c *call, s, p string) (pgtypes.Array, error) { return regexMatch(c, s, p, "") }),
	"regexp_match":                   f3c(regexMatch),
	"regexp_like_no_flags":           f2c(func(c *call, s, p string) (bool, error) { return regexLike(c, s, p, "") }),
	"regexp_like":                    f3c(regexLike),
	"regexp_split_to_array_no_flags": f2c(func(c *call, s, p string) (pgtypes.Array, error) { return regexSplit(c, s, p, "") }),
	"regexp_split_to_array":          f3c(regexSplit),
	"regexp_count_no_start":          f2c(func(c *call, s, p string) (int32, error) { return regexCount(c, s, p, 1, "") }),
	"regexp_count_no_flags":          f3c(func(c *call, s, p string, from int32) (int32, error) { return regexCount(c, s, p, from, "") }),
	"regexp_count":                   f4c(regexCount),
}

// regex compiles a pattern, or gives the one compiled before.
func (c *call) regex(pattern, flags string) (*regex, error) {
	key := flags + "\x00" + pattern
	held, _ := c.cache.(map[string]*regex)
	if re, ok := held[key]; ok {
		return re, nil
	}
	re, err := compileRegex(strings.Clone(pattern), strings.Clone(flags))
	if err != nil {
		return nil, err
	}
	if held == nil || len(held) > 32 {
		held = map[string]*regex{}
		c.cache = held
	}
	held[strings.Clone(key)] = re
	return re, nil
}

// positional is regex for a caller that needs what matched, not only whether.
func (c *call) positional(pattern, flags string) (*regex, error) {
	re, err := c.regex(pattern, flags)
	if err == nil && !re.positions {
		return nil, pgerr.Unsupported("a regular expression that mixes greedy and non-greedy quantifiers is not supported here")
	}
	return re, err
}

func matches(fold, negate bool) builtin {
	flags := ""
	if fold {
		flags = "i"
	}
	return f2c(func(c *call, s, p string) (bool, error) {
		re, err := c.regex(p, flags)
		if err != nil {
			return false, err
		}
		return re.MatchString(s) != negate, nil
	})
}

func noGlobal(flags, function string) error {
	if strings.Contains(flags, "g") {
		return pgerr.New(pgerr.InvalidParameterValue, "%s does not support the \"global\" option", function)
	}
	return nil
}

func regexLike(c *call, s, p, flags string) (bool, error) {
	if err := noGlobal(flags, "regexp_like()"); err != nil {
		return false, err
	}
	re, err := c.regex(p, flags)
	if err != nil {
		return false, err
	}
	return re.MatchString(s), nil
}

func regexMatch(c *call, s, p, flags string) (pgtypes.Array, error) {
	if strings.Contains(flags, "g") {
		return pgtypes.Array{}, pgerr.New(pgerr.InvalidParameterValue, "regexp_match() does not support the \"global\" option").
			WithHint("Use the regexp_matches function instead.")
	}
	re, err := c.positional(p, flags)
	if err != nil {
		return pgtypes.Array{}, err
	}
	m := re.FindStringSubmatchIndex(s)
	if m == nil {
		return pgtypes.Array{}, errNull
	}
	return matchArray(s, m), nil
}

// matchArray holds the groups, or the whole match when there are none.
func matchArray(s string, m []int) pgtypes.Array {
	if len(m) > 2 {
		m = m[2:]
	}
	var elements []pgtypes.Datum
	for i := 0; i < len(m); i += 2 {
		if m[i] < 0 {
			elements = append(elements, nil)
		} else {
			elements = append(elements, strings.Clone(s[m[i]:m[i+1]]))
		}
	}
	return pgtypes.NewArray(pgtypes.OIDText, elements)
}

func regexSplit(c *call, s, p, flags string) (pgtypes.Array, error) {
	if err := noGlobal(flags, "regexp_split_to_array()"); err != nil {
		return pgtypes.Array{}, err
	}
	re, err := c.positional(p, flags)
	if err != nil {
		return pgtypes.Array{}, err
	}
	var parts []pgtypes.Datum
	for _, part := range regexParts(re, s) {
		parts = append(parts, part)
	}
	return pgtypes.NewArray(pgtypes.OIDText, parts), nil
}

// regexParts splits at matches; an empty match at either end, or right after a
// match, does not split.
func regexParts(re *regex, s string) []string {
	var parts []string
	from := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		if m[1] == m[0] && (m[0] == from || m[0] >= len(s)) {
			continue
		}
		parts = append(parts, strings.Clone(s[from:m[0]]))
		from = m[1]
	}
	return append(parts, strings.Clone(s[from:]))
}

func regexCount(c *call, s, p string, from int32, flags string) (int32, error) {
	if from < 1 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", "start", from)
	}
	if err := noGlobal(flags, "regexp_count()"); err != nil {
		return 0, err
	}
	re, err := c.positional(p, flags)
	if err != nil {
		return 0, err
	}
	if int(from) > utf8.RuneCountInString(s)+1 {
		return 0, nil
	}
	return int32(len(re.FindAllStringIndex(s[runeOffset(s, int(from-1)):], -1))), nil
}

// regexReplace is regexp_replace; g in flags replaces every match.
func regexReplace(c *call, s, p, with, flags string) (string, error) {
	if flags != "" && flags[0] >= '0' && flags[0] <= '9' {
		return "", pgerr.New(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", flags[0]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	global := strings.Contains(flags, "g")
	re, err := c.positional(p, strings.ReplaceAll(flags, "g", ""))
	if err != nil {
		return "", err
	}
	limit := 1
	if global {
		limit = -1
	}
	var b strings.Builder
	from := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, limit) {
		b.WriteString(s[from:m[0]])
		expandReplacement(&b, with, s, m)
		from = m[1]
	}
	b.WriteString(s[from:])
	return b.String(), nil
}

// expandReplacement writes a replacement text: \1 to \9 are groups, \& the match.
func expandReplacement(b *strings.Builder, with, s string, m []int) {
	for i := 0; i < len(with); i++ {
		if with[i] != '\\' || i+1 == len(with) {
			b.WriteByte(with[i])
			continue
		}
		i++
		group := -1
		switch c := with[i]; {
		case c == '&':
			group = 0
		case c >= '1' && c <= '9':
			group = int(c - '0')
		case c == '\\':
			b.WriteByte('\\')
			continue
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
			continue
		}
		if 2*group+1 < len(m) && m[2*group] >= 0 {
			b.WriteString(s[m[2*group]:m[2*group+1]])
		}
	}
}

// similarToRegex rewrites a SIMILAR TO pattern as an ARE.
func similarToRegex(pattern, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	var b strings.Builder
	b.WriteString("^(?:")
	bracket := false
	for i := 0; i < len(pattern); {
		_, size := utf8.DecodeRuneInString(pattern[i:])
		c := pattern[i : i+size]
		i += size
		switch {
		case escape != "" && c == escape:
			if i < len(pattern) {
				_, size = utf8.DecodeRuneInString(pattern[i:])
				if pattern[i] == '"' {
					return "", pgerr.Unsupported("SUBSTRING ... SIMILAR separators are not supported yet")
				}
				b.WriteString(`\` + pattern[i:i+size])
				i += size
			}
		case bracket:
			if c == `\` {
				b.WriteByte('\\')
			}
			b.WriteString(c)
			bracket = c != "]"
		case c == "[":
			bracket = true
			b.WriteString(c)
		case c == "%":
			b.WriteString(".*")
		case c == "_":
			b.WriteString(".")
		case c == "(":
			b.WriteString("(?:")
		case c == `\` || c == "." || c == "^" || c == "$":
			b.WriteString(`\` + c)
		default:
			b.WriteString(c)
		}
	}
	b.WriteString(")$")
	return b.String(), nil
}

func substringSimilar(*call, []pgtypes.Datum) (pgtypes.Datum, error) {
	return nil, pgerr.Unsupported("SUBSTRING ... SIMILAR is not supported yet")
}
