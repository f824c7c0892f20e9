package kafka

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// appendKey appends a key as it is, or as text: bytes that are no text are written as
// bytea's text is.
func appendKey(c *batch.Column, t *topic, key []byte) {
	switch {
	case key == nil:
		c.Null()
	case t.options.KeyFormat == "bytes" || t.options.KeyFormat == payload.Avro:
		c.Bytes(key)
	default:
		c.Bytes(textOf(key))
	}
}

// textOf is the text of bytes, or their hexadecimal form where they are none.
func textOf(b []byte) []byte {
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return b
	}
	return hex.AppendEncode([]byte(`\x`), b)
}

// appendHeaders writes headers as jsonb: an object, in which a name that comes more than
// once has a list.
func appendHeaders(dst []byte, headers []kgo.RecordHeader) []byte {
	if len(headers) == 0 {
		return append(dst, "{}"...)
	}
	sorted := slices.Clone(headers)
	for i := range sorted {
		sorted[i].Key = string(textOf([]byte(sorted[i].Key)))
	}
	slices.SortStableFunc(sorted, func(a, b kgo.RecordHeader) int { return compareKeys(a.Key, b.Key) })
	dst = append(dst, '{')
	for i := 0; i < len(sorted); {
		end := i + 1
		for end < len(sorted) && sorted[end].Key == sorted[i].Key {
			end++
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(pgtypes.AppendJSONString(dst, sorted[i].Key), ": "...)
		dst = appendHeaderValues(dst, sorted[i:end])
		i = end
	}
	return append(dst, '}')
}

// compareKeys is jsonb's order: shorter keys first.
func compareKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare([]byte(a), []byte(b))
}

func appendHeaderValues(dst []byte, values []kgo.RecordHeader) []byte {
	if len(values) == 1 {
		return appendHeaderValue(dst, values[0].Value)
	}
	dst = append(dst, '[')
	for i, h := range values {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendHeaderValue(dst, h.Value)
	}
	return append(dst, ']')
}

func appendHeaderValue(dst, value []byte) []byte {
	if value == nil {
		return append(dst, "null"...)
	}
	return pgtypes.AppendJSONString(dst, string(textOf(value)))
}

// parseHeaders is appendHeaders the other way; values that are neither texts nor lists
// of texts are written as their JSON.
func parseHeaders(text string) ([]kgo.RecordHeader, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "column \"%s\" must be an object of texts", headersName)
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	var headers []kgo.RecordHeader
	for _, name := range names {
		values := []json.RawMessage{object[name]}
		if value := bytes.TrimSpace(object[name]); len(value) > 0 && value[0] == '[' {
			values = nil
			_ = json.Unmarshal(value, &values) // it is JSON, and an array
		}
		for _, v := range values {
			headers = append(headers, kgo.RecordHeader{Key: name, Value: headerValue(v)})
		}
	}
	return headers, nil
}

func headerValue(v json.RawMessage) []byte {
	var text *string
	if json.Unmarshal(v, &text) != nil {
		return v
	}
	if text == nil {
		return nil
	}
	return bytesOf(*text)
}

// bytesOf is textOf the other way.
func bytesOf(text string) []byte {
	if len(text) > 2 && text[:2] == `\x` {
		if b, err := hex.DecodeString(text[2:]); err == nil {
			return b
		}
	}
	return []byte(text)
}
