package eval

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// regex is a Postgres regular expression (ARE) carried out by Go's engine.
type regex struct {
	*regexp.Regexp
	// positions says that what a match covers agrees with Postgres's; else only
	// whether there is one does.
	positions bool
}

func errRegex(message string) error {
	return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: %s", message)
}

// compileRegex translates an ARE. What Go's engine cannot do alike is 0A000.
func compileRegex(pattern, flags string) (*regex, error) {
	t := &areTranslator{text: pattern}
	if err := t.options(flags); err != nil {
		return nil, err
	}
	if err := t.prefix(); err != nil {
		return nil, err
	}
	if t.literal {
		t.out.WriteString(regexp.QuoteMeta(t.text))
	} else if err := t.body(); err != nil {
		return nil, err
	}
	mode := "(?s)"
	if t.newline {
		mode = "(?m)"
	}
	if t.anchorsOnly {
		mode = "(?ms)"
	}
	if t.dotOnly {
		mode = ""
	}
	if t.fold {
		mode += "(?i)"
	}
	re, err := regexp.Compile(mode + t.out.String())
	if err != nil {
		return nil, regexError(err)
	}
	if !t.lazy {
		re.Longest()
	}
	return &regex{Regexp: re, positions: !t.lazy || !t.greedy && !t.branches}, nil
}

// regexError words Go's complaint as Postgres does.
func regexError(err error) error {
	text := err.Error()
	for part, message := range map[string]string{
		"missing closing )": "parentheses () not balanced", "unexpected )": "parentheses () not balanced",
		"missing closing ]": "brackets [] not balanced", "missing argument to repetition": "quantifier operand invalid",
		"invalid nested repetition": "quantifier operand invalid", "invalid repeat count": "invalid repetition count(s)",
		"invalid character class range": "invalid character range", "trailing backslash": "invalid escape \\ sequence",
		"invalid escape sequence": "invalid escape \\ sequence",
	} {
		if strings.Contains(text, part) {
			return errRegex(message)
		}
	}
	return pgerr.Unsupported("this regular expression is not supported: %s", text)
}

// areTranslator rewrites an ARE into Go's syntax.
type areTranslator struct {
	text    string
	out     strings.Builder
	fold    bool // case-insensitive
	literal bool
	// newline-sensitive matching, whole or in part
	newline, anchorsOnly, dotOnly bool
	expanded                      bool
	lazy, greedy, branches        bool // what quantifiers and alternatives occur
}

// options reads flag letters; g is the caller's.
func (t *areTranslator) options(flags string) error {
	for _, r := range flags {
		switch r {
		case 'i':
			t.fold = true
		case 'c':
			t.fold = false
		case 'n', 'm':
			t.newline, t.anchorsOnly, t.dotOnly = true, false, false
		case 's':
			t.newline, t.anchorsOnly, t.dotOnly = false, false, false
		case 'p':
			t.dotOnly = true
		case 'w':
			t.anchorsOnly = true
		case 'q':
			t.literal = true
		case 't', 'e':
		case 'x':
			t.expanded = true
		case 'b':
			return pgerr.Unsupported("basic regular expressions are not supported yet")
		default:
			return pgerr.New(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", r)
		}
	}
	return nil
}

// prefix reads the director ***: or ***= and embedded options (?xyz).
func (t *areTranslator) prefix() error {
	if rest, ok := strings.CutPrefix(t.text, "***="); ok {
		t.text, t.literal = rest, true
		return nil
	}
	t.text = strings.TrimPrefix(t.text, "***:")
	if t.literal || !strings.HasPrefix(t.text, "(?") || len(t.text) < 3 || t.text[2] < 'a' || t.text[2] > 'z' {
		return nil
	}
	end := strings.IndexByte(t.text, ')')
	if end < 0 {
		return errRegex("invalid embedded option")
	}
	if err := t.options(t.text[2:end]); err != nil {
		return errRegex("invalid embedded option")
	}
	t.text = t.text[end+1:]
	return nil
}

func (t *areTranslator) body() error {
	for t.text != "" {
		c := t.text[0]
		switch c {
		case '\\':
			if err := t.escape(false); err != nil {
				return err
			}
		case '[':
			if err := t.bracket(); err != nil {
				return err
			}
		case '(':
			if err := t.group(); err != nil {
				return err
			}
		case '*', '+', '?', '{':
			t.quantifier()
		case '|':
			t.branches = true
			t.copy(1)
		case ' ', '\t', '\n', '\r', '#':
			t.blank(c)
		default:
			_, size := utf8.DecodeRuneInString(t.text)
			t.copy(size)
		}
	}
	return nil
}

func (t *areTranslator) copy(n int) {
	t.out.WriteString(t.text[:n])
	t.text = t.text[n:]
}

// blank drops white space and comments of the expanded syntax.
func (t *areTranslator) blank(c byte) {
	switch {
	case !t.expanded:
		t.copy(1)
	case c == '#':
		if i := strings.IndexByte(t.text, '\n'); i >= 0 {
			t.text = t.text[i+1:]
		} else {
			t.text = ""
		}
	default:
		t.text = t.text[1:]
	}
}

func (t *areTranslator) group() error {
	switch {
	case strings.HasPrefix(t.text, "(?:"):
		t.copy(3)
	case strings.HasPrefix(t.text, "(?#"):
		end := strings.IndexByte(t.text, ')')
		if end < 0 {
			return errRegex("parentheses () not balanced")
		}
		t.text = t.text[end+1:]
	case strings.HasPrefix(t.text, "(?=") || strings.HasPrefix(t.text, "(?!") || strings.HasPrefix(t.text, "(?<"):
		return pgerr.Unsupported("lookaround constraints in regular expressions are not supported yet")
	case strings.HasPrefix(t.text, "(?"):
		return errRegex("quantifier operand invalid")
	default:
		t.copy(1)
	}
	return nil
}

func (t *areTranslator) quantifier() {
	if t.text[0] == '{' {
		end := strings.IndexByte(t.text, '}')
		if len(t.text) < 2 || t.text[1] < '0' || t.text[1] > '9' || end < 0 {
			t.out.WriteByte('\\')
			t.copy(1)
			return
		}
		t.copy(end + 1)
	} else {
		t.copy(1)
	}
	if strings.HasPrefix(t.text, "?") {
		t.lazy = true
		t.copy(1)
	} else {
		t.greedy = true
	}
}

// classes are the shorthand classes, as they stand inside brackets.
var classes = map[byte]string{
	'd': `0-9`, 'w': `\p{L}\p{N}\p{M}_`,
	's': `\t-\r \x{85}\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}`,
}

// namedClasses are the [:name:] classes.
var namedClasses = map[string]string{
	"alpha": `\p{L}\p{M}`, "digit": `0-9`, "alnum": `\p{L}\p{M}\p{N}`, "upper": `\p{Lu}`, "lower": `\p{Ll}`,
	"space": classes['s'], "blank": ` \t`, "punct": `!-/:-@\[-` + "`" + `{-~\p{P}\p{S}`, "xdigit": `0-9A-Fa-f`,
	"cntrl": `\x00-\x1f\x7f`, "print": `\x20-\x7e\x{a0}-\x{10ffff}`, "graph": `\x21-\x7e\x{a1}-\x{10ffff}`, "word": classes['w'],
}

// escape reads \x; inside says that it stands in brackets.
func (t *areTranslator) escape(inside bool) error {
	if len(t.text) < 2 {
		return errRegex("invalid escape \\ sequence")
	}
	c := t.text[1]
	simple := map[byte]string{
		'a': `\a`, 'b': `\x08`, 'B': `\\`, 'e': `\x1b`, 'f': `\f`, 'n': `\n`, 'r': `\r`, 't': `\t`, 'v': `\v`,
	}
	switch {
	case simple[c] != "":
		t.out.WriteString(simple[c])
	case c == 'd' || c == 'w' || c == 's':
		if inside {
			t.out.WriteString(classes[c])
		} else {
			t.out.WriteString("[" + classes[c] + "]")
		}
	case (c == 'D' || c == 'W' || c == 'S') && !inside:
		t.out.WriteString("[^" + classes[c|0x20] + "]")
	case c == 'A' && !inside:
		t.out.WriteString(`\A`)
	case c == 'Z' && !inside:
		t.out.WriteString(`\z`)
	case c == 'y' && !inside:
		t.out.WriteString(`\b`)
	case c == 'Y' && !inside:
		t.out.WriteString(`\B`)
	case c == 'u' || c == 'x' || c == 'U':
		return t.codePoint()
	case c >= '1' && c <= '9', c == 'm' || c == 'M':
		return pgerr.Unsupported("\\%c in regular expressions is not supported yet", c)
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '0':
		return errRegex("invalid escape \\ sequence")
	default:
		_, size := utf8.DecodeRuneInString(t.text[1:])
		t.out.WriteString(regexp.QuoteMeta(t.text[1 : 1+size]))
		t.text = t.text[1+size:]
		return nil
	}
	t.text = t.text[2:]
	return nil
}

// codePoint reads \xhhh, \uwxyz and \Ustuvwxyz.
func (t *areTranslator) codePoint() error {
	limit := map[byte]int{'u': 4, 'U': 8, 'x': 255}[t.text[1]]
	end := 2
	for end < len(t.text) && end-2 < limit && strings.IndexByte("0123456789abcdefABCDEF", t.text[end]) >= 0 {
		end++
	}
	if end == 2 || limit < 255 && end-2 != limit {
		return errRegex("invalid escape \\ sequence")
	}
	t.out.WriteString(`\x{` + t.text[2:end] + `}`)
	t.text = t.text[end:]
	return nil
}

// bracket reads [...].
func (t *areTranslator) bracket() error {
	if strings.HasPrefix(t.text, "[[:<:]]") || strings.HasPrefix(t.text, "[[:>:]]") {
		return pgerr.Unsupported("%s in regular expressions is not supported yet", t.text[:7])
	}
	t.copy(1)
	if strings.HasPrefix(t.text, "^") {
		t.copy(1)
		if t.newline && !t.anchorsOnly || t.dotOnly {
			t.out.WriteString(`\n`)
		}
	}
	for first := true; ; first = false {
		switch {
		case t.text == "":
			return errRegex("brackets [] not balanced")
		case t.text[0] == ']' && !first:
			t.copy(1)
			return nil
		case t.text[0] == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case strings.HasPrefix(t.text, "[:"):
			end := strings.Index(t.text, ":]")
			if end < 0 {
				return errRegex("brackets [] not balanced")
			}
			class, ok := namedClasses[t.text[2:end]]
			if !ok {
				return errRegex("invalid character class")
			}
			t.out.WriteString(class)
			t.text = t.text[end+2:]
		case strings.HasPrefix(t.text, "[.") || strings.HasPrefix(t.text, "[="):
			return pgerr.Unsupported("collating elements in regular expressions are not supported yet")
		default:
			t.bracketCharacter()
		}
	}
}

func (t *areTranslator) bracketCharacter() {
	if strings.IndexByte(`[]&~^`, t.text[0]) >= 0 {
		t.out.WriteByte('\\')
	}
	_, size := utf8.DecodeRuneInString(t.text)
	t.copy(size)
}
