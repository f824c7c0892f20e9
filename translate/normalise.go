package translate

// Literal is one constant of a normalised text, as a byte range of the original.
type Literal struct {
	Kind       TokenKind // TokenString, TokenDollar, TokenBits, TokenInteger or TokenNumber
	Start, End int
	// Typed says that a word stands directly before a string: a keyword, or the
	// string's type as in date '2024-01-05'.
	Typed bool
}

// Normalise gives the key of a text: blanks and comments collapsed, unquoted names
// in lower case, constants replaced by placeholders that keep their kind. Texts
// with equal keys have equal trees but for the values of their constants, so a
// statement cache may share what it knows of them. Constants whose value shapes the
// tree stay in the key: the numbers of ORDER BY 1 and GROUP BY 1, and modifiers of
// types such as numeric(10,2).
//
// ok is false for what is no query (utility statements, whose constants are part
// of their meaning) and for texts with lexical faults. A text of several statements
// is normalised too.
func Normalise(text string) (key string, literals []Literal, ok bool) {
	buf, literals, ok := AppendNormalised(make([]byte, 0, len(text)+16), nil, text)
	if !ok {
		return "", nil, false
	}
	return string(buf), literals, true
}

// AppendNormalised is Normalise into memory of the caller's.
func AppendNormalised(key []byte, literals []Literal, text string) ([]byte, []Literal, bool) {
	n := normaliser{scan: NewScanner(text), text: text, key: key, literals: literals, first: true}
	return n.run()
}

type normaliser struct {
	scan     Scanner
	text     string
	key      []byte
	literals []Literal
	first    bool  // at the start of a statement
	last     Token // the token before
	// keep counts the open parentheses of a type's modifiers, inside of which numbers
	// stay.
	keep int
	// depth is the number of open parentheses; positional is the depth+1 at which a
	// GROUP BY or ORDER BY list is open, 0 for none.
	depth, positional int
	typeBefore        bool // the name before takes modifiers
	groupOrOrder      bool // the name before is GROUP or ORDER
}

func (n *normaliser) run() ([]byte, []Literal, bool) {
	for {
		t := n.scan.Next()
		switch t.Kind {
		case TokenEnd:
			return n.key, n.literals, true
		case TokenMalformed:
			return n.key, n.literals, false
		case TokenIdentifier:
			if n.first && !startsQuery(n.text[t.Start:t.End]) {
				return n.key, n.literals, false
			}
			n.name(t)
		case TokenString, TokenDollar, TokenBits, TokenInteger, TokenNumber:
			if n.junkAfter(t) || isUnicodeString(n.text[t.Start:t.End]) {
				return n.key, n.literals, false
			}
			n.constant(t)
		case TokenParam:
			if n.junkAfter(t) {
				return n.key, n.literals, false
			}
			n.plain(t)
		case TokenPunct:
			n.punct(t)
		default:
			n.plain(t)
		}
		if t.Kind != TokenPunct || n.text[t.Start] != '(' && n.text[t.Start] != ';' {
			n.first = false
		}
		if t.Kind != TokenIdentifier {
			n.typeBefore, n.groupOrOrder = false, false
		}
		n.last = t
	}
}

// space separates two tokens where they would run together or where the original
// had them apart in a way that matters to the scanner.
func (n *normaliser) space(kind TokenKind) {
	if n.last.End == 0 {
		return
	}
	if n.last.Kind == TokenPunct {
		// ": :" must not become "::", nor ". ." "..".
		if b := n.text[n.last.Start]; b == ':' || b == '.' && kind != TokenIdentifier && kind != TokenQuoted {
			n.key = append(n.key, ' ')
		}
		return
	}
	if kind != TokenPunct {
		n.key = append(n.key, ' ')
	}
}

func (n *normaliser) plain(t Token) {
	n.space(t.Kind)
	n.key = append(n.key, n.text[t.Start:t.End]...)
}

func (n *normaliser) name(t Token) {
	n.space(t.Kind)
	at := len(n.key)
	for i := t.Start; i < t.End; i++ {
		b := n.text[i]
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		n.key = append(n.key, b)
	}
	word := string(n.key[at:]) // does not escape: compared only
	switch word {
	case "by":
		if n.groupOrOrder {
			n.positional = n.depth + 1
		}
	case "limit", "offset", "fetch", "having", "window", "union", "intersect", "except", "for", "rows", "range",
		"groups", "returning", "on", "where", "select":
		if n.positional == n.depth+1 {
			n.positional = 0
		}
	}
	n.groupOrOrder = word == "group" || word == "order"
	n.typeBefore = takesModifiers(word)
}

// startsQuery says whether a word starts a statement with a plan.
func startsQuery(word string) bool {
	if len(word) < 4 || len(word) > 6 {
		return false
	}
	var lower [6]byte
	for i := range len(word) {
		lower[i] = word[i] | 0x20
	}
	switch string(lower[:len(word)]) {
	case "select", "with", "insert", "update", "delete", "values", "table":
		return true
	}
	return false
}

// junkAfter says that a name runs on directly after a number or a parameter, which
// Postgres 15 refuses.
func (n *normaliser) junkAfter(t Token) bool {
	return t.Kind >= TokenInteger && t.End < len(n.text) && classes[n.text[t.End]]&classNameStart != 0
}

// isUnicodeString says that a string may be followed by UESCAPE, which is part of
// it.
func isUnicodeString(text string) bool {
	return text[0] == 'u' || text[0] == 'U'
}

// takesModifiers names the types that take numbers in parentheses. Functions of
// the same name lose nothing but sharing.
func takesModifiers(word string) bool {
	switch word {
	case "numeric", "decimal", "dec", "varchar", "char", "character", "varying", "bpchar", "nchar", "bit", "varbit",
		"float", "time", "timestamp", "timestamptz", "timetz", "interval", "second":
		return true
	}
	return false
}

func (n *normaliser) punct(t Token) {
	switch n.text[t.Start] {
	case '(', '[':
		n.depth++
		if n.keep > 0 || n.typeBefore {
			n.keep++
		}
	case ')', ']':
		if n.positional == n.depth+1 {
			n.positional = 0
		}
		n.depth--
		if n.keep > 0 {
			n.keep--
		}
	case ';':
		n.first, n.positional, n.depth, n.keep = true, 0, 0, 0
	}
	n.space(TokenPunct)
	n.key = append(n.key, n.text[t.Start:t.End]...)
}

// constant writes the placeholder of a constant: a digit after a byte that no text
// may hold, so that it collides with nothing.
func (n *normaliser) constant(t Token) {
	number := t.Kind == TokenInteger || t.Kind == TokenNumber
	if number && (n.keep > 0 || n.positional == n.depth+1) {
		n.plain(t)
		return
	}
	n.space(t.Kind)
	n.key = append(n.key, 0, '0'+byte(t.Kind))
	typed := !number && (n.last.Kind == TokenIdentifier || n.last.Kind == TokenQuoted) && n.last.End != 0
	if t.Kind == TokenInteger {
		n.key = append(n.key, '0'+integerClass(n.text[t.Start:t.End]))
	}
	n.literals = append(n.literals, Literal{Kind: t.Kind, Start: t.Start, End: t.End, Typed: typed})
}

// integerClass is 0, 1 or 2 for a number that Postgres reads as int4, int8 or
// numeric: its type is part of the tree.
func integerClass(digits string) byte {
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	fits := func(limit string) bool {
		return len(digits) < len(limit) || len(digits) == len(limit) && digits <= limit
	}
	switch {
	case fits("2147483647"):
		return 0
	case fits("9223372036854775807"):
		return 1
	}
	return 2
}
