package objectstore

import (
	"bytes"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// guess narrows the types that all values of a column so far can have.
type guess struct {
	possible kinds
	seen     bool // a value that is not NULL
}

// kinds is a set of types, in the order of preference.
type kinds uint16

const (
	kindBool kinds = 1 << iota
	kindInt8
	kindNumeric
	kindDate
	kindTimestamp
	kindTimestamptz
	kindText
	kindJSONB
)

const allKinds = kindBool | kindInt8 | kindNumeric | kindDate | kindTimestamp | kindTimestamptz | kindText | kindJSONB

// kindTypes are the kinds' types, best first.
var kindTypes = []struct {
	kind kinds
	oid  uint32
}{
	{kindBool, pgtypes.OIDBool},
	{kindInt8, pgtypes.OIDInt8},
	{kindNumeric, pgtypes.OIDNumeric},
	{kindDate, pgtypes.OIDDate},
	{kindTimestamp, pgtypes.OIDTimestamp},
	{kindTimestamptz, pgtypes.OIDTimestamptz},
	{kindText, pgtypes.OIDText},
	{kindJSONB, pgtypes.OIDJSONB},
}

func (g *guess) add(k kinds) {
	if !g.seen {
		g.seen, g.possible = true, allKinds
	}
	g.possible &= k
}

// typ is the best type; text for a column that was NULL throughout.
func (g *guess) typ() pgtypes.Type {
	if g.seen {
		for _, k := range kindTypes {
			if g.possible&k.kind != 0 {
				return pgtypes.Of(k.oid)
			}
		}
	}
	return pgtypes.Of(pgtypes.OIDText)
}

// kindsOfText are the types that a CSV value can have; text always.
func kindsOfText(v []byte) kinds {
	k := kindText
	switch {
	case len(v) == 0 || len(v) > 64:
	case equalFold(v, "true"), equalFold(v, "false"):
		k |= kindBool
	case string(v) == "NaN":
		k |= kindNumeric
	case isNumber(v):
		k |= kindsOfNumber(v)
	default:
		k |= kindsOfTime(v)
	}
	return k
}

// kindsOfJSON are the types that a JSON value can have; jsonb always.
func kindsOfJSON(v []byte) kinds {
	switch {
	case v[0] == '"':
		text, err := unquote(v)
		if err != nil {
			return kindText | kindJSONB
		}
		return kindsOfTime(text) | kindText | kindJSONB
	case v[0] == '{', v[0] == '[':
		return kindJSONB
	case v[0] == 't', v[0] == 'f':
		return kindBool | kindJSONB
	default:
		return kindsOfNumber(v) | kindJSONB
	}
}

func kindsOfNumber(v []byte) kinds {
	if _, err := pgtypes.ParseInt64(string(v)); err == nil {
		return kindInt8 | kindNumeric
	}
	return kindNumeric
}

// isNumber says whether a text is a number, and not a code with leading zeros.
func isNumber(v []byte) bool {
	v = bytes.TrimPrefix(v, []byte("-"))
	whole := digits(v)
	if whole == 0 || whole > 1 && v[0] == '0' {
		return false
	}
	v = v[whole:]
	if len(v) > 0 && v[0] == '.' {
		n := digits(v[1:])
		if n == 0 {
			return false
		}
		v = v[1+n:]
	}
	if len(v) > 0 && (v[0] == 'e' || v[0] == 'E') {
		v = bytes.TrimLeft(v[1:], "+-")
		n := digits(v)
		// A four-digit exponent is an identifier that looks like a number.
		return n > 0 && n < 4 && n == len(v)
	}
	return len(v) == 0
}

func digits(v []byte) int {
	n := 0
	for n < len(v) && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	return n
}

// kindsOfTime recognises ISO 8601: 2024-05-06, then T or a space, 07:08[:09[.123456]],
// then Z or an offset.
func kindsOfTime(v []byte) kinds {
	if len(v) < 10 || !isDate(v[:10]) {
		return 0
	}
	text := string(v)
	if len(v) == 10 {
		if !parses(pgtypes.OIDDate, text) {
			return 0
		}
		return kindDate | kindTimestamp
	}
	if v[10] != ' ' && v[10] != 'T' {
		return 0
	}
	if strings.HasSuffix(text, "Z") || strings.ContainsAny(text[11:], "+-") {
		if parses(pgtypes.OIDTimestamptz, text) {
			return kindTimestamptz
		}
	} else if parses(pgtypes.OIDTimestamp, text) {
		return kindTimestamp
	}
	return 0
}

func isDate(v []byte) bool {
	return digits(v) == 4 && v[4] == '-' && digits(v[5:]) == 2 && v[7] == '-' && digits(v[8:]) == 2
}

func parses(oid uint32, text string) bool {
	_, err := pgtypes.Parse(pgtypes.Of(oid), text, pgtypes.DefaultStyle())
	return err == nil
}

func equalFold(v []byte, word string) bool {
	return len(v) == len(word) && strings.EqualFold(string(v), word)
}
