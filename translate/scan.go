package translate

import "strings"

// TokenKind is the kind of a Token.
type TokenKind uint8

// The kinds of tokens. Comments and blanks are no tokens.
const (
	TokenEnd        TokenKind = iota
	TokenIdentifier           // a name or a keyword, as written
	TokenQuoted               // "name", or U&"name"
	TokenString               // '…', E'…', N'…', U&'…' with all its continuations
	TokenDollar               // $tag$…$tag$
	TokenBits                 // B'…' and X'…'
	TokenInteger
	TokenNumber    // with a point or an exponent
	TokenParam     // $1
	TokenOperator  // a run of operator characters, and :: := =>
	TokenPunct     // one of ( ) [ ] , ; : .   and ..
	TokenMalformed // an unterminated quote or comment, or a byte that starts no token
)

// Token is one token of Postgres's lexical structure, as a byte range of the text.
type Token struct {
	Kind       TokenKind
	Start, End int
}

// Scanner splits a text as Postgres's own scanner does (standard_conforming_strings
// on). It decodes nothing and never fails: what it can not read is TokenMalformed
// up to the end of the text.
type Scanner struct {
	text string
	at   int
}

// NewScanner scans text.
func NewScanner(text string) Scanner { return Scanner{text: text} }

// character classes of scan.l
const (
	classSpace = 1 << iota
	classDigit
	classNameStart
	classOperator
	classSelf // single-character tokens that are no operator
)

var classes = func() (c [256]uint8) {
	for _, b := range " \t\n\r\f" {
		c[b] |= classSpace
	}
	for b := '0'; b <= '9'; b++ {
		c[b] |= classDigit
	}
	for b := 'a'; b <= 'z'; b++ {
		c[b] |= classNameStart
		c[b-'a'+'A'] |= classNameStart
	}
	c['_'] |= classNameStart
	for b := 0x80; b < 0x100; b++ {
		c[b] |= classNameStart
	}
	for _, b := range "~!@#^&|`?+-*/%<>=" {
		c[b] |= classOperator
	}
	for _, b := range "(),[].;:" {
		c[b] |= classSelf
	}
	return c
}()

func (s *Scanner) peek(offset int) byte {
	if i := s.at + offset; i < len(s.text) {
		return s.text[i]
	}
	return 0
}

// Next gives the next token; TokenEnd at the end of the text.
func (s *Scanner) Next() Token {
	if !s.skipBlanks() {
		return s.malformed(s.at)
	}
	if s.at >= len(s.text) {
		return Token{TokenEnd, s.at, s.at}
	}
	start, b := s.at, s.text[s.at]
	class := classes[b]
	switch {
	case class&classNameStart != 0:
		return s.name()
	case class&classDigit != 0:
		return s.number()
	case b == '\'':
		return s.quoted(TokenString, '\'', start+1, false)
	case b == '"':
		return s.quoted(TokenQuoted, '"', start+1, false)
	case b == '$':
		return s.dollar()
	case b == '.' && classes[s.peek(1)]&classDigit != 0:
		return s.number()
	case class&classOperator != 0:
		return s.operator()
	case class&classSelf != 0:
		return s.self()
	}
	return s.malformed(start)
}

func (s *Scanner) malformed(start int) Token {
	s.at = len(s.text)
	return Token{TokenMalformed, start, s.at}
}

func (s *Scanner) until(kind TokenKind, start, end int) Token {
	s.at = end
	return Token{kind, start, end}
}

// skipBlanks passes blanks and comments; false means an unterminated comment,
// with at on its start.
func (s *Scanner) skipBlanks() bool {
	for s.at < len(s.text) {
		switch b := s.text[s.at]; {
		case classes[b]&classSpace != 0:
			s.at++
		case b == '-' && s.peek(1) == '-':
			s.skipLine()
		case b == '/' && s.peek(1) == '*':
			end := blockCommentEnd(s.text, s.at)
			if end < 0 {
				return false
			}
			s.at = end
		default:
			return true
		}
	}
	return true
}

func (s *Scanner) skipLine() {
	if n := strings.IndexAny(s.text[s.at:], "\r\n"); n >= 0 {
		s.at += n
		return
	}
	s.at = len(s.text)
}

// blockCommentEnd finds the end of the comment that starts at start; comments nest.
func blockCommentEnd(text string, start int) int {
	depth := 0
	for i := start; i+1 < len(text); {
		switch text[i : i+2] {
		case "/*":
			depth++
			i += 2
		case "*/":
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return -1
}

// name reads an identifier, or a string with a letter before its quote.
func (s *Scanner) name() Token {
	start := s.at
	if s.peek(1) == '\'' {
		switch s.text[start] {
		case 'e', 'E':
			return s.quoted(TokenString, '\'', start+2, true)
		case 'n', 'N':
			return s.quoted(TokenString, '\'', start+2, false)
		case 'b', 'B', 'x', 'X':
			return s.quoted(TokenBits, '\'', start+2, false)
		}
	}
	if (s.text[start] == 'u' || s.text[start] == 'U') && s.peek(1) == '&' {
		switch s.peek(2) {
		case '\'':
			return s.quoted(TokenString, '\'', start+3, false)
		case '"':
			return s.quoted(TokenQuoted, '"', start+3, false)
		}
	}
	return s.until(TokenIdentifier, start, nameEnd(s.text, start))
}

func nameEnd(text string, i int) int {
	for i < len(text) && (classes[text[i]]&(classNameStart|classDigit) != 0 || text[i] == '$') {
		i++
	}
	return i
}

// quoted reads from just after an opening quote. A doubled quote stands for one,
// and a string goes on in another one after a line break.
func (s *Scanner) quoted(kind TokenKind, quote byte, from int, escapes bool) Token {
	start, text := s.at, s.text
	for i := from; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] != quote:
		case i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			if next := continuation(text, i+1); quote == '\'' && next >= 0 {
				i = next
				continue
			}
			return s.until(kind, start, i+1)
		}
	}
	return s.malformed(start)
}

// continuation finds the quote that continues a string which ended just before i:
// only blanks and -- comments with at least one line break may come between. It
// gives -1 if there is none.
func continuation(text string, i int) int {
	newline := false
	for i < len(text) {
		switch b := text[i]; {
		case b == '\n' || b == '\r':
			newline = true
			i++
		case classes[b]&classSpace != 0:
			i++
		case b == '-' && strings.HasPrefix(text[i:], "--"):
			n := strings.IndexAny(text[i:], "\r\n")
			if n < 0 {
				return -1
			}
			i += n
		case b == '\'' && newline:
			return i
		default:
			return -1
		}
	}
	return -1
}

// dollar reads $1, $$…$$ or $tag$…$tag$.
func (s *Scanner) dollar() Token {
	start, text := s.at, s.text
	i := start + 1
	if i < len(text) && classes[text[i]]&classDigit != 0 {
		for i < len(text) && classes[text[i]]&classDigit != 0 {
			i++
		}
		return s.until(TokenParam, start, i)
	}
	if i < len(text) && classes[text[i]]&classNameStart != 0 {
		for i < len(text) && classes[text[i]]&(classNameStart|classDigit) != 0 {
			i++
		}
	}
	if i >= len(text) || text[i] != '$' {
		return s.malformed(start)
	}
	tag := text[start : i+1]
	end := strings.Index(text[i+1:], tag)
	if end < 0 {
		return s.malformed(start)
	}
	return s.until(TokenDollar, start, i+1+end+len(tag))
}

// number reads 1, 1.5, 1., .5, 1e5. "1..2" is 1 and "..".
func (s *Scanner) number() Token {
	start, text := s.at, s.text
	digits := func(i int) int {
		for i < len(text) && classes[text[i]]&classDigit != 0 {
			i++
		}
		return i
	}
	kind, i := TokenInteger, digits(start)
	if i < len(text) && text[i] == '.' && !strings.HasPrefix(text[i:], "..") {
		kind, i = TokenNumber, digits(i+1)
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		e := i + 1
		if e < len(text) && (text[e] == '+' || text[e] == '-') {
			e++
		}
		if end := digits(e); end > e {
			kind, i = TokenNumber, end
		}
	}
	return s.until(kind, start, i)
}

// operator reads a run of operator characters. It ends before a comment, and a
// trailing + or - belongs to it only if it holds one of ~ ! @ # ^ & | ` ? %.
func (s *Scanner) operator() Token {
	start, text := s.at, s.text
	i := start
	for i < len(text) && classes[text[i]]&classOperator != 0 {
		if i > start && (strings.HasPrefix(text[i:], "--") || strings.HasPrefix(text[i:], "/*")) {
			break
		}
		i++
	}
	if last := text[i-1]; i-start > 1 && (last == '+' || last == '-') && !strings.ContainsAny(text[start:i], "~!@#^&|`?%") {
		for i-start > 1 && (text[i-1] == '+' || text[i-1] == '-') {
			i--
		}
	}
	return s.until(TokenOperator, start, i)
}

func (s *Scanner) self() Token {
	start := s.at
	if s.text[start] == ':' && (s.peek(1) == ':' || s.peek(1) == '=') {
		return s.until(TokenOperator, start, start+2)
	}
	if s.text[start] == '.' && s.peek(1) == '.' {
		return s.until(TokenPunct, start, start+2)
	}
	return s.until(TokenPunct, start, start+1)
}
