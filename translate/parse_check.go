package translate

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// maxDepth is how deep a tree may nest. The parser recurses in C, where running out
// of stack would end the process (seen at a chain of 100,000 operators), and its
// tree is handed over in a form that takes about 4,000 levels.
const maxDepth = 1500

// depthFree is a length of text that can not nest deeper than maxDepth.
const depthFree = 2 * maxDepth

const depthHint = "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), " +
	"after ensuring the platform's stack depth limit is adequate."

func tooDeep() *pgerr.Error {
	return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").WithHint("%s", depthHint)
}

// checkText refuses what the parser must not see: bytes that are no UTF-8, NUL,
// nesting that would exhaust its stack, and what the parser's newer grammar takes
// but PostgreSQL 15's scanner does not.
func checkText(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	if !utf8.ValidString(text) {
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", invalidBytes(text))
	}
	return checkTokens(text)
}

// invalidBytes shows the first invalid sequence as Postgres does: as many bytes as
// its first byte announces.
func invalidBytes(text string) string {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r != utf8.RuneError || size > 1 {
			i += size
			continue
		}
		var shown []string
		for _, b := range []byte(text[i:min(i+announced(text[i]), len(text))]) {
			shown = append(shown, fmt.Sprintf("0x%02x", b))
		}
		return strings.Join(shown, " ")
	}
	return ""
}

func announced(b byte) int {
	switch {
	case b&0xe0 == 0xc0:
		return 2
	case b&0xf0 == 0xe0:
		return 3
	case b&0xf8 == 0xf0:
		return 4
	}
	return 1
}

func checkTokens(text string) error {
	depth := depthMeter{text: text, levels: make([]depthLevel, 1, 16)}
	measure := len(text) > depthFree
	for scan := NewScanner(text); ; {
		t := scan.Next()
		switch t.Kind {
		case TokenEnd, TokenMalformed:
			return nil
		case TokenInteger, TokenNumber, TokenParam:
			if err := junkAfter(text, t); err != nil {
				return err
			}
		}
		if measure && depth.add(t) > maxDepth {
			return tooDeep()
		}
	}
}

// junkAfter refuses a name that runs on after a number or a parameter. Later
// versions read 0x1f and 1_000 as numbers; 15 does not.
func junkAfter(text string, t Token) error {
	if t.End >= len(text) || classes[text[t.End]]&classNameStart == 0 {
		return nil
	}
	what := "numeric literal"
	if t.Kind == TokenParam {
		what = "parameter"
	}
	e := pgerr.New(pgerr.SyntaxError, "trailing junk after %s at or near \"%s\"", what, text[t.Start:nameEnd(text, t.End)])
	return e.At(utf8.RuneCountInString(text[:t.Start]) + 1)
}

// depthMeter bounds from above how deep the tree of the tokens so far can nest.
// Within one pair of parentheses each operator or keyword may add a level; commas,
// AND and OR end such a chain, since the grammar makes flat lists of them. Set
// operations and joins chain across those.
type depthMeter struct {
	text   string
	levels []depthLevel
	closed int // the sum of the levels but the last
}

type depthLevel struct{ chain, longest, sticky int }

func (l *depthLevel) depth() int { return l.longest + l.sticky + 1 }

func (m *depthMeter) add(t Token) int {
	top := &m.levels[len(m.levels)-1]
	word := m.text[t.Start:t.End]
	switch t.Kind {
	case TokenPunct:
		m.punct(top, word)
	case TokenOperator:
		top.step()
	case TokenIdentifier:
		m.word(top, word)
	}
	return m.closed + m.levels[len(m.levels)-1].depth()
}

func (l *depthLevel) step() {
	l.chain++
	l.longest = max(l.longest, l.chain)
}

func (m *depthMeter) open() {
	m.closed += m.levels[len(m.levels)-1].depth()
	m.levels = append(m.levels, depthLevel{})
}

func (m *depthMeter) shut() {
	if len(m.levels) == 1 {
		return
	}
	m.levels = m.levels[:len(m.levels)-1]
	m.closed -= m.levels[len(m.levels)-1].depth()
}

func (m *depthMeter) punct(top *depthLevel, word string) {
	switch word {
	case "(", "[":
		top.step()
		m.open()
	case ")", "]":
		m.shut()
	case ",":
		top.chain = 0
	case ";":
		*m = depthMeter{text: m.text, levels: append(m.levels[:0], depthLevel{})}
	}
}

// word counts the keywords that make a level. Names, which make none, are most of
// the rest, so only these are looked at.
func (m *depthMeter) word(top *depthLevel, word string) {
	switch strings.ToLower(word) {
	case "and", "or", "from", "where", "select", "when", "then", "else":
		top.chain = 0
	case "union", "intersect", "except", "join":
		top.sticky++
	case "case":
		top.step()
		m.open()
	case "end":
		m.shut()
	case "not", "is", "isnull", "notnull", "collate", "at", "like", "ilike", "similar", "in", "between", "explain",
		"prepare", "as", "operator", "uescape", "overlaps":
		top.step()
	}
}
