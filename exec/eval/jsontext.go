package eval

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// jsonKind is the first byte of a JSON value, by which its kind is known: { [ " t
// f n, and 0 for a number.
func jsonKind(raw string) byte {
	switch c := raw[0]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return c
	}
	return 0
}

// jsonTypeOf is the kind's name.
func jsonTypeOf(raw string) string {
	switch jsonKind(raw) {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

func jsonTrim(s string) string { return strings.Trim(s, " \t\r\n") }

// jsonSplit takes an object or array apart; the text is valid JSON. Values keep
// their own text; keys are decoded.
func jsonSplit(raw string) (keys, values []string) {
	raw = jsonTrim(raw)
	isObject := raw[0] == '{'
	body := raw[1 : len(raw)-1]
	for {
		body = strings.TrimLeft(body, " \t\r\n,")
		if body == "" {
			return keys, values
		}
		if isObject {
			n := jsonLength(body)
			keys = append(keys, jsonUnquote(body[:n]))
			body = strings.TrimLeft(body[n:], " \t\r\n:")
		}
		n := jsonLength(body)
		values = append(values, body[:n])
		body = body[n:]
	}
}

// jsonLength is the length of the value that s begins with.
func jsonLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// jsonUnquote decodes a JSON string.
func jsonUnquote(raw string) string {
	s := raw[1 : len(raw)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return strings.Clone(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r := jsonRune(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && strings.HasPrefix(s[i+1:], `\u`) {
				r = utf16.DecodeRune(r, jsonRune(s[i+3:]))
				i += 6
			}
			b.WriteRune(r)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func jsonRune(hex string) rune {
	n, _ := strconv.ParseUint(hex[:4], 16, 32)
	return rune(n)
}

func jsonQuote(s string) string { return string(pgtypes.AppendJSONString(nil, s)) }

// jsonAsText is a value as ->> gives it; ok is false for null.
func jsonAsText(raw string) (string, bool) {
	switch jsonKind(raw) {
	case 'n':
		return "", false
	case '"':
		return jsonUnquote(raw), true
	}
	return strings.Clone(raw), true
}

// jsonField finds a key; of several the last counts.
func jsonField(raw, key string) (string, bool) {
	if jsonKind(raw) != '{' {
		return "", false
	}
	keys, values := jsonSplit(raw)
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] == key {
			return values[i], true
		}
	}
	return "", false
}

// jsonElement finds an element; a negative index counts from the end.
func jsonElement(raw string, index int) (string, bool) {
	if jsonKind(raw) != '[' {
		return "", false
	}
	_, values := jsonSplit(raw)
	if index < 0 {
		index += len(values)
	}
	if index < 0 || index >= len(values) {
		return "", false
	}
	return values[index], true
}

// jsonPath follows a path of keys and indexes.
func jsonPath(raw string, path []pgtypes.Datum) (string, bool) {
	raw = jsonTrim(raw)
	for _, step := range path {
		if step == nil {
			return "", false
		}
		ok := false
		switch jsonKind(raw) {
		case '{':
			raw, ok = jsonField(raw, step.(string))
		case '[':
			if n, err := strconv.ParseInt(strings.TrimSpace(step.(string)), 10, 32); err == nil {
				raw, ok = jsonElement(raw, int(n))
			}
		}
		if !ok {
			return "", false
		}
	}
	return raw, true
}

// jsonbContains is @>. At the top an array contains a scalar that it holds.
func jsonbContains(a, b string, top bool) bool {
	ka, kb := jsonKind(a), jsonKind(b)
	if top && ka == '[' && kb != '[' && kb != '{' {
		_, values := jsonSplit(a)
		return anyEqual(values, b)
	}
	if ka != kb && !(strings.IndexByte("tf", ka) >= 0 && strings.IndexByte("tf", kb) >= 0) {
		return false
	}
	switch ka {
	case '{':
		keys, values := jsonSplit(b)
		for i, key := range keys {
			v, ok := jsonField(a, key)
			if !ok || !jsonbContains(v, values[i], false) {
				return false
			}
		}
		return true
	case '[':
		return arrayContains(a, b)
	}
	return jsonEqual(a, b)
}

func arrayContains(a, b string) bool {
	_, have := jsonSplit(a)
	_, want := jsonSplit(b)
	for _, w := range want {
		found := false
		for _, h := range have {
			if jsonKind(w) == '{' || jsonKind(w) == '[' {
				found = found || jsonKind(h) == jsonKind(w) && jsonbContains(h, w, false)
			} else {
				found = found || jsonEqual(h, w)
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func jsonEqual(a, b string) bool { return pgtypes.Compare(pgtypes.OIDJSONB, a, b) == 0 }

func anyEqual(values []string, x string) bool {
	for _, v := range values {
		if jsonEqual(v, x) {
			return true
		}
	}
	return false
}

// jsonbExists is ?: a key of an object, or a string among an array or alone.
func jsonbExists(raw, key string) bool {
	switch jsonKind(raw) {
	case '{':
		_, ok := jsonField(raw, key)
		return ok
	case '[':
		_, values := jsonSplit(raw)
		for _, v := range values {
			if jsonKind(v) == '"' && jsonUnquote(v) == key {
				return true
			}
		}
		return false
	case '"':
		return jsonUnquote(raw) == key
	}
	return false
}

// joinObject writes an object in jsonb's form, of keys in any order.
func joinObject(keys, values []string) (string, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(jsonQuote(key) + ": " + values[i])
	}
	b.WriteByte('}')
	return pgtypes.CanonicalJSONB(b.String())
}

func joinArray(values []string) string { return "[" + strings.Join(values, ", ") + "]" }
