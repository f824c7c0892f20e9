package eval

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// likePattern is a LIKE pattern, prepared: the common shapes need no matcher.
type likePattern struct {
	shape   byte // '=' exact, '<' prefix, '>' suffix, '*' contains, '%' anything, 'm' several parts, 0 general
	literal []byte
	// parts lie in this order in the text; left and right say that something may come
	// before the first and after the last.
	parts       [][]byte
	left, right bool
	text        string
	source      string // the pattern as it was given
	fold        bool
}

// prepareLike sorts a pattern by shape. Errors in a pattern are raised where a
// match reaches them, so such a pattern is general.
func prepareLike(pattern string, fold bool) *likePattern {
	p := &likePattern{text: pattern, fold: fold}
	if fold {
		p.text = strings.ToLower(pattern)
		return p
	}
	body := pattern
	left := strings.HasPrefix(body, "%")
	body = strings.TrimLeft(body, "%")
	right := strings.HasSuffix(body, "%")
	body = strings.TrimRight(body, "%")
	if strings.ContainsAny(body, `_\`) {
		return p
	}
	if strings.Contains(body, "%") {
		p.shape, p.left, p.right = 'm', left, right
		for _, part := range strings.Split(body, "%") {
			if part != "" {
				p.parts = append(p.parts, []byte(part))
			}
		}
		return p
	}
	p.literal = []byte(body)
	switch {
	case body == "" && left:
		p.shape = '%'
	case left && right:
		p.shape = '*'
	case left:
		p.shape = '>'
	case right:
		p.shape = '<'
	default:
		p.shape = '='
	}
	return p
}

func (p *likePattern) match(s []byte) (bool, error) {
	switch p.shape {
	case '=':
		return bytes.Equal(s, p.literal), nil
	case '<':
		return bytes.HasPrefix(s, p.literal), nil
	case '>':
		return bytes.HasSuffix(s, p.literal), nil
	case '*':
		return bytes.Contains(s, p.literal), nil
	case '%':
		return true, nil
	case 'm':
		return p.matchParts(s), nil
	}
	text := string(s)
	if p.fold {
		text = strings.ToLower(text)
	}
	is, err := likeMatch(text, p.text)
	return is == likeTrue, err
}

// matchParts finds the parts one after the other, each as early as it can be.
func (p *likePattern) matchParts(s []byte) bool {
	for i, part := range p.parts {
		last := i == len(p.parts)-1
		switch {
		case i == 0 && !p.left:
			if !bytes.HasPrefix(s, part) {
				return false
			}
			s = s[len(part):]
		case last && !p.right:
			return bytes.HasSuffix(s, part)
		default:
			at := bytes.Index(s, part)
			if at < 0 {
				return false
			}
			s = s[at+len(part):]
		}
	}
	return true
}

// The outcomes of a match; likeAbort says that no longer text can match either.
const (
	likeFalse = iota
	likeTrue
	likeAbort
)

func errLikeEscape() error {
	return pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

func likeMatch(s, p string) (int, error) {
	if p == "%" {
		return likeTrue, nil
	}
	for s != "" && p != "" {
		switch p[0] {
		case '\\':
			if p = p[1:]; p == "" {
				return likeFalse, errLikeEscape()
			}
			if s[0] != p[0] {
				return likeFalse, nil
			}
			s, p = s[1:], p[1:]
		case '%':
			return likeAfterPercent(s, p[1:])
		case '_':
			_, size := utf8.DecodeRuneInString(s)
			s, p = s[size:], p[1:]
		default:
			if s[0] != p[0] {
				return likeFalse, nil
			}
			s, p = s[1:], p[1:]
		}
	}
	if s != "" {
		return likeFalse, nil
	}
	if p = strings.TrimLeft(p, "%"); p == "" {
		return likeTrue, nil
	}
	return likeAbort, nil
}

func likeAfterPercent(s, p string) (int, error) {
	for p != "" {
		if p[0] == '_' {
			if s == "" {
				return likeAbort, nil
			}
			_, size := utf8.DecodeRuneInString(s)
			s = s[size:]
		} else if p[0] != '%' {
			break
		}
		p = p[1:]
	}
	if p == "" {
		return likeTrue, nil
	}
	first := p[0]
	if first == '\\' {
		if len(p) < 2 {
			return likeFalse, errLikeEscape()
		}
		first = p[1]
	}
	for s != "" {
		if s[0] == first {
			if is, err := likeMatch(s, p); is != likeFalse || err != nil {
				return is, err
			}
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return likeAbort, nil
}

// like is LIKE or, with fold, ILIKE; negate is the NOT form.
func like(fold, negate bool) builtin {
	return builtin{costly: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormBool, n)
		a, b := args[0], args[1]
		ma, mb := rowIndex(a), rowIndex(b)
		prepared, _ := c.cache.(*likePattern)
		var last []byte
		if b.Const {
			if text := string(b.Bytes(0)); prepared == nil || prepared.source != text {
				prepared = prepareLike(text, fold)
				prepared.source = text
				c.cache = prepared
			}
			if prepared.shape == '*' && sel == nil && !a.Const {
				containsAll(dst.Bool, a, prepared.literal, !negate, n)
				return nil
			}
		}
		return eachRow(sel, n, func(row int) error {
			if !b.Const {
				if p := b.Bytes(row & mb); last == nil || !bytes.Equal(p, last) {
					last = p
					prepared = prepareLike(string(p), fold)
				}
			}
			is, err := prepared.match(a.Bytes(row & ma))
			dst.Bool[row] = is != negate
			return err
		})
	}}
}

// containsAll searches a column's texts; where they lie one after the other, the
// whole heap is searched at once.
func containsAll(dst []bool, v *vector.Vector, part []byte, want bool, n int) {
	for i, s := range v.Str[:n] {
		dst[i] = bytes.Contains(v.Heap[s.Off:s.Off+s.Len], part) == want
	}
}

// likeEscape rewrites a pattern to the escape character \.
func likeEscape(pattern, escape string) (string, error) {
	if escape == `\` {
		return pattern, nil
	}
	if utf8.RuneCountInString(escape) > 1 {
		return "", pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if escape == "" {
		return strings.ReplaceAll(pattern, `\`, `\\`), nil
	}
	var b strings.Builder
	after := false
	for pattern != "" {
		_, size := utf8.DecodeRuneInString(pattern)
		c := pattern[:size]
		pattern = pattern[size:]
		switch {
		case c == escape && !after:
			b.WriteByte('\\')
			after = true
		case c == `\` && !after:
			b.WriteString(`\\`)
		default:
			b.WriteString(c)
			after = false
		}
	}
	return b.String(), nil
}
