package pgtypes

// fieldKind is what a piece of date/time text looks like.
type fieldKind uint8

const (
	kindNumber  fieldKind = iota // digits, or digits.digits
	kindDate                     // parts joined by - / or .
	kindTime                     // has a colon
	kindZone                     // sign and digits
	kindWord                     // letters
	kindSpecial                  // sign and letters
)

type datetimeField struct {
	kind fieldKind
	text string // lower case
}

// Limits on date/time text.
const (
	maxDatetimeFields = 25
	maxDatetimeText   = 128 + maxDatetimeFields
)

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !isAlnum(c)
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// datetimeScanner cuts date/time text into fields, by shape alone.
type datetimeScanner struct {
	text string
	at   int
	out  []byte
}

func (s *datetimeScanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *datetimeScanner) take() {
	s.out = append(s.out, lowerASCII(s.text[s.at]))
	s.at++
}

func (s *datetimeScanner) takeWhile(ok func(byte) bool) {
	for s.at < len(s.text) && ok(s.text[s.at]) {
		s.take()
	}
}

func splitDatetime(text string) ([]datetimeField, bool) {
	s := &datetimeScanner{text: text}
	var fields []datetimeField
	total := 0
	for s.at < len(text) {
		c := s.peek()
		if isSpace(c) {
			s.at++
			continue
		}
		kind, ok := s.field(c)
		if !ok {
			return nil, false
		}
		if len(s.out) == 0 {
			continue
		}
		total += len(s.out) + 1
		if len(fields) >= maxDatetimeFields || total > maxDatetimeText {
			return nil, false
		}
		fields = append(fields, datetimeField{kind: kind, text: string(s.out)})
		s.out = s.out[:0]
	}
	return fields, true
}

// field takes one field, or skips a punctuation mark and takes nothing.
func (s *datetimeScanner) field(c byte) (fieldKind, bool) {
	switch {
	case isDigit(c):
		return s.numeric(), true
	case c == '.':
		s.take()
		s.takeWhile(isDigit)
		return kindNumber, true
	case isAlpha(c):
		return s.word(), true
	case c == '+' || c == '-':
		return s.signed()
	case isPunct(c):
		s.at++
		return kindWord, true
	}
	return 0, false
}

func (s *datetimeScanner) numeric() fieldKind {
	s.takeWhile(isDigit)
	mark := s.peek()
	switch mark {
	case ':':
		s.takeWhile(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
		return kindTime
	case '-', '/', '.':
	default:
		return kindNumber
	}
	s.take()
	if !isDigit(s.peek()) {
		s.takeWhile(func(c byte) bool { return isAlnum(c) || c == mark })
		return kindDate
	}
	kind := kindDate
	if mark == '.' {
		kind = kindNumber
	}
	s.takeWhile(isDigit)
	// Only a third part, behind the same mark, makes a date of 1.2.3.
	if s.peek() == mark {
		kind = kindDate
		s.take()
		s.takeWhile(func(c byte) bool { return isDigit(c) || c == mark })
	}
	return kind
}

func (s *datetimeScanner) word() fieldKind {
	s.takeWhile(isAlpha)
	isDate := false
	switch c := s.peek(); {
	case c == '-' || c == '/' || c == '.':
		isDate = true
	case c == '+' || isDigit(c):
		// Known words end here, as jan5; others go on, as a zone's name may.
		_, known := datetimeWord(string(s.out))
		isDate = !known
	}
	if !isDate {
		return kindWord
	}
	s.takeWhile(func(c byte) bool {
		return isAlnum(c) || c == '+' || c == '-' || c == '/' || c == '_' || c == '.' || c == ':'
	})
	return kindDate
}

func (s *datetimeScanner) signed() (fieldKind, bool) {
	s.take()
	for isSpace(s.peek()) {
		s.at++
	}
	switch c := s.peek(); {
	case isDigit(c):
		s.takeWhile(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
		return kindZone, true
	case isAlpha(c):
		s.takeWhile(isAlpha)
		return kindSpecial, true
	}
	return 0, false
}
