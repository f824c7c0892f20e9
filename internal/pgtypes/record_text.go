package pgtypes

import "github.com/sqlgateway/gateway/internal/pgerr"

// appendRecordText is record_out: (1,,"a b").
func appendRecordText(dst []byte, r Record, style Style) []byte {
	dst = append(dst, '(')
	for i, v := range r.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v != nil {
			dst = appendRecordField(dst, Of(r.Types[i]), v, style)
		}
	}
	return append(dst, ')')
}

func appendRecordField(dst []byte, t Type, v Datum, style Style) []byte {
	start := len(dst)
	dst = AppendText(dst, t, v, style)
	if !recordNeedsQuotes(dst[start:]) {
		return dst
	}
	text := string(dst[start:])
	dst = append(dst[:start], '"')
	for i := range len(text) {
		// Unlike in arrays, each is doubled.
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, text[i])
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

func recordNeedsQuotes(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	for _, c := range text {
		switch c {
		case '"', '\\', '(', ')', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			return true
		}
	}
	return false
}

func errMalformedRecord(text, detail string) error {
	e := pgerr.New(pgerr.InvalidTextRepresentation, "malformed record literal: \"%s\"", text)
	e.Detail = detail
	return e
}

// ParseRecord is record_in for a row of known field types.
func ParseRecord(types []Type, text string, style Style) (Record, error) {
	fields, err := splitRecord(text, len(types))
	if err != nil {
		return Record{}, err
	}
	r := Record{Types: make([]uint32, len(types)), Fields: make([]Datum, len(types))}
	for i, t := range types {
		r.Types[i] = t.OID
		if fields[i] == nil {
			continue
		}
		if r.Fields[i], err = Parse(t, *fields[i], style); err != nil {
			return Record{}, err
		}
	}
	return r, nil
}

// splitRecord gives nil for an empty field, which is NULL.
func splitRecord(text string, want int) ([]*string, error) {
	i := 0
	skip := func() {
		for i < len(text) && isSpace(text[i]) {
			i++
		}
	}
	skip()
	if i >= len(text) || text[i] != '(' {
		return nil, errMalformedRecord(text, "Missing left parenthesis.")
	}
	i++
	fields := make([]*string, 0, want)
	for n := range want {
		if n > 0 {
			if i >= len(text) || text[i] != ',' {
				return nil, errMalformedRecord(text, "Too few columns.")
			}
			i++
		}
		field, next, err := recordField(text, i)
		if err != nil {
			return nil, err
		}
		fields, i = append(fields, field), next
	}
	if i < len(text) && text[i] == ',' || i >= len(text) || text[i] != ')' {
		return nil, errMalformedRecord(text, "Too many columns.")
	}
	i++
	skip()
	if i < len(text) {
		return nil, errMalformedRecord(text, "Junk after right parenthesis.")
	}
	return fields, nil
}

func recordField(text string, i int) (*string, int, error) {
	if i < len(text) && (text[i] == ',' || text[i] == ')') {
		return nil, i, nil
	}
	var out []byte
	quoted := false
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case !quoted && (c == ',' || c == ')'):
			s := string(out)
			return &s, i, nil
		case c == '\\':
			if i++; i >= len(text) {
				return nil, i, errMalformedRecord(text, "Unexpected end of input.")
			}
			out = append(out, text[i])
		case c == '"' && quoted && i+1 < len(text) && text[i+1] == '"':
			out = append(out, '"')
			i++
		case c == '"':
			quoted = !quoted
		default:
			out = append(out, c)
		}
	}
	return nil, i, errMalformedRecord(text, "Unexpected end of input.")
}
