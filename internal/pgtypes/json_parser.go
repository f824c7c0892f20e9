package pgtypes

import "github.com/sqlgateway/gateway/internal/pgerr"

// jsonDepth bounds nesting, as max_stack_depth does in Postgres.
const jsonDepth = 6000

// jsonParser checks the grammar and, when build is set, makes values.
type jsonParser struct {
	lexer jsonLexer
	build bool
	depth int
}

func (p *jsonParser) document() error {
	_, err := p.parse()
	return err
}

func (p *jsonParser) parse() (*jsonValue, error) {
	p.lexer.decode = p.build
	if err := p.lexer.next(); err != nil {
		return nil, err
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.lexer.kind != jsonEnd {
		return nil, p.expected("Expected end of input, but found \"%s\".")
	}
	return v, nil
}

// expected makes the error of a token that does not belong here.
func (p *jsonParser) expected(detail string) error {
	if p.lexer.kind == jsonEnd {
		return p.lexer.errDetail(len(p.lexer.text), "The input string ended unexpectedly.")
	}
	return p.lexer.errDetail(p.lexer.end, detail, p.lexer.token())
}

func (p *jsonParser) value() (*jsonValue, error) {
	switch p.lexer.kind {
	case jsonObjectStart:
		return p.nested(p.object)
	case jsonArrayStart:
		return p.nested(p.array)
	case jsonString, jsonNumber, jsonTrue, jsonFalse, jsonNull:
		return p.scalar()
	}
	return nil, p.expected("Expected JSON value, but found \"%s\".")
}

func (p *jsonParser) nested(parse func() (*jsonValue, error)) (*jsonValue, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > jsonDepth {
		return nil, pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded")
	}
	return parse()
}

func (p *jsonParser) scalar() (*jsonValue, error) {
	var v *jsonValue
	if p.build {
		v = &jsonValue{kind: p.lexer.kind}
		switch p.lexer.kind {
		case jsonString:
			v.text = string(p.lexer.value)
		case jsonNumber:
			n, err := ParseNumeric(p.lexer.token())
			if err != nil {
				return nil, err
			}
			v.number = n
		}
	}
	return v, p.lexer.next()
}

func (p *jsonParser) array() (*jsonValue, error) {
	v := p.collection(jsonArrayStart)
	if err := p.lexer.next(); err != nil {
		return nil, err
	}
	if p.lexer.kind == jsonArrayEnd {
		return v, p.lexer.next()
	}
	for {
		element, err := p.value()
		if err != nil {
			return nil, err
		}
		if p.build {
			v.elements = append(v.elements, element)
		}
		switch p.lexer.kind {
		case jsonComma:
			if err := p.lexer.next(); err != nil {
				return nil, err
			}
		case jsonArrayEnd:
			return v, p.lexer.next()
		default:
			return nil, p.expected("Expected \",\" or \"]\", but found \"%s\".")
		}
	}
}

func (p *jsonParser) collection(kind jsonToken) *jsonValue {
	if !p.build {
		return nil
	}
	return &jsonValue{kind: kind}
}

func (p *jsonParser) object() (*jsonValue, error) {
	v := p.collection(jsonObjectStart)
	if err := p.lexer.next(); err != nil {
		return nil, err
	}
	if p.lexer.kind == jsonObjectEnd {
		return v, p.lexer.next()
	}
	if p.lexer.kind != jsonString {
		return nil, p.expected("Expected string or \"}\", but found \"%s\".")
	}
	for {
		if err := p.member(v); err != nil {
			return nil, err
		}
		switch p.lexer.kind {
		case jsonComma:
			if err := p.lexer.next(); err != nil {
				return nil, err
			}
		case jsonObjectEnd:
			if p.build {
				v.sortKeys()
			}
			return v, p.lexer.next()
		default:
			return nil, p.expected("Expected \",\" or \"}\", but found \"%s\".")
		}
	}
}

func (p *jsonParser) member(object *jsonValue) error {
	if p.lexer.kind != jsonString {
		return p.expected("Expected string, but found \"%s\".")
	}
	key := string(p.lexer.value)
	if err := p.lexer.next(); err != nil {
		return err
	}
	if p.lexer.kind != jsonColon {
		return p.expected("Expected \":\", but found \"%s\".")
	}
	if err := p.lexer.next(); err != nil {
		return err
	}
	v, err := p.value()
	if err != nil {
		return err
	}
	if p.build {
		object.keys = append(object.keys, key)
		object.elements = append(object.elements, v)
	}
	return nil
}
