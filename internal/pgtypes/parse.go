package pgtypes

import (
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Parse reads a value's text form as the cast of a literal does: by t's input
// function, then t's modifier, which cuts strings that are too long. What is
// assigned rather than cast is parsed without a modifier and given to ApplyTypmod.
func Parse(t Type, text string, style Style) (Datum, error) {
	if element, ok := ElementType(t.OID); ok && t.OID != OIDRecordArray {
		return parseArray(Type{OID: element, Typmod: t.Typmod}, text, style)
	}
	v, err := parseScalar(t, text, style)
	if err != nil || t.Typmod < 0 {
		return v, err
	}
	return ApplyTypmod(t, v, true)
}

func parseScalar(t Type, text string, style Style) (Datum, error) {
	switch t.OID {
	case OIDBool:
		return datum(parseBool(text))
	case OIDInt2:
		return datum(parseInt32(text, "smallint", 16))
	case OIDInt4:
		return datum(parseInt32(text, "integer", 32))
	case OIDInt8:
		return datum(ParseInt64(text))
	case OIDRegproc, OIDRegprocedure, OIDRegoper, OIDRegoperator, OIDRegclass, OIDRegtype,
		OIDRegrole, OIDRegnamespace:
		if text == "-" {
			return int64(0), nil
		}
		return datum(parseOID(text))
	case OIDOid:
		return datum(parseOID(text))
	case OIDXid, OIDCid:
		return datum(parseXid(text))
	case OIDFloat4:
		return datum(ParseFloat32(text))
	case OIDFloat8:
		return datum(ParseFloat64(text))
	case OIDNumeric:
		return datum(ParseNumeric(text))
	case OIDBytea:
		return datum(parseBytea(text))
	case OIDUUID:
		return datum(parseUUID(text))
	case OIDChar:
		return parseChar(text), nil
	case OIDName:
		return truncateName(text), nil
	case OIDJSON:
		return text, ValidateJSON(text)
	case OIDJSONB:
		return datum(CanonicalJSONB(text))
	case OIDDate:
		return datum(parseDate(text, style))
	case OIDTime:
		return datum(parseTime(text, style))
	case OIDTimetz:
		return datum(parseTimeTZ(text, style))
	case OIDTimestamp:
		return datum(parseTimestamp(text, style))
	case OIDTimestamptz:
		return datum(parseTimestamptz(text, style))
	case OIDInterval:
		return datum(parseInterval(text, t.Typmod, style))
	case OIDBit:
		return datum(parseBit(text))
	case OIDVarbit:
		return datum(parseBit(text))
	case OIDRecord:
		return nil, pgerr.Unsupported("input of anonymous composite types is not implemented")
	case OIDInt2Vector:
		return parseVector(OIDInt2, text, style)
	case OIDOidVector:
		return parseVector(OIDOid, text, style)
	}
	return text, nil
}

// datum keeps a nil interface on error, where a plain return would box a zero.
func datum[T any](v T, err error) (Datum, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func parseChar(text string) string {
	if len(text) > 1 {
		return text[:1]
	}
	return text
}

// truncateName cuts to 63 bytes, at a character.
func truncateName(text string) string {
	if len(text) < 64 {
		return text
	}
	cut := 63
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// parseVector reads int2vector and oidvector: elements parted by blanks.
func parseVector(element uint32, text string, style Style) (Datum, error) {
	a := Array{ElementType: element}
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r < 128 && isSpace(byte(r)) }) {
		v, err := parseScalar(Of(element), field, style)
		if err != nil {
			return nil, err
		}
		a.Elements = append(a.Elements, v)
	}
	// Unlike other arrays, these count from 0 and keep a dimension when empty.
	a.Dims = []ArrayDim{{Length: int32(len(a.Elements))}}
	return a, nil
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
