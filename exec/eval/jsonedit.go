package eval

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func invalidJSON(format string, args ...any) error {
	return pgerr.New(pgerr.InvalidParameterValue, format, args...)
}

// jsonbConcat is ||: objects merge, everything else makes an array.
func jsonbConcat(a, b string) (string, error) {
	ka, kb := jsonKind(a), jsonKind(b)
	if ka == '{' && kb == '{' {
		keys, values := jsonSplit(a)
		moreKeys, moreValues := jsonSplit(b)
		return joinObject(append(keys, moreKeys...), append(values, moreValues...))
	}
	list := func(raw string, kind byte) []string {
		if kind == '[' {
			_, values := jsonSplit(raw)
			return values
		}
		return []string{raw}
	}
	return joinArray(append(list(a, ka), list(b, kb)...)), nil
}

func scalarJSON(raw string) bool {
	k := jsonKind(raw)
	return k != '{' && k != '['
}

func jsonbDelete(raw string, names ...string) (string, error) {
	if scalarJSON(raw) {
		return "", invalidJSON("cannot delete from scalar")
	}
	drop := map[string]bool{}
	for _, n := range names {
		drop[n] = true
	}
	keys, values := jsonSplit(raw)
	var keptKeys, kept []string
	for i, v := range values {
		if keys != nil {
			if !drop[keys[i]] {
				keptKeys, kept = append(keptKeys, keys[i]), append(kept, v)
			}
		} else if jsonKind(v) != '"' || !drop[jsonUnquote(v)] {
			kept = append(kept, v)
		}
	}
	if jsonKind(raw) == '{' {
		return joinObject(keptKeys, kept)
	}
	return joinArray(kept), nil
}

func jsonbDeleteIndex(raw string, index int32) (string, error) {
	switch {
	case scalarJSON(raw):
		return "", invalidJSON("cannot delete from scalar")
	case jsonKind(raw) == '{':
		return "", invalidJSON("cannot delete from object using integer index")
	}
	_, values := jsonSplit(raw)
	i := int(index)
	if i < 0 {
		i += len(values)
	}
	if i < 0 || i >= len(values) {
		return raw, nil
	}
	return joinArray(append(append([]string{}, values[:i]...), values[i+1:]...)), nil
}

// What jsonbEdit does at the end of its path.
const (
	editReplace = iota // only what exists
	editSet            // or adds it
	editBefore
	editAfter
	editDelete
)

// jsonbEdit is jsonb_set, jsonb_insert and #-.
func jsonbEdit(raw string, path array, value string, mode int) (string, error) {
	if len(path.Dims) > 1 {
		return "", pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	if scalarJSON(raw) {
		if mode == editDelete {
			return "", invalidJSON("cannot delete path in scalar")
		}
		return "", invalidJSON("cannot set path in scalar")
	}
	if len(path.Elements) == 0 {
		return raw, nil
	}
	out, err := editAt(raw, path.Elements, 1, value, mode)
	if err != nil {
		return "", err
	}
	return pgtypes.CanonicalJSONB(out)
}

func editAt(raw string, path []pgtypes.Datum, level int, value string, mode int) (string, error) {
	if path[0] == nil {
		return "", pgerr.New(pgerr.NullValueNotAllowed, "path element at position %d is null", level)
	}
	switch jsonKind(raw) {
	case '{':
		return editObject(raw, path, level, value, mode)
	case '[':
		return editArray(raw, path, level, value, mode)
	}
	return raw, nil
}

func editObject(raw string, path []pgtypes.Datum, level int, value string, mode int) (string, error) {
	keys, values := jsonSplit(raw)
	key := path[0].(string)
	for i, k := range keys {
		if k != key {
			continue
		}
		if len(path) > 1 {
			inner, err := editAt(values[i], path[1:], level+1, value, mode)
			if err != nil {
				return "", err
			}
			values[i] = inner
			return joinObject(keys, values)
		}
		switch mode {
		case editBefore, editAfter:
			return "", invalidJSON("cannot replace existing key")
		case editDelete:
			return joinObject(append(keys[:i], keys[i+1:]...), append(values[:i], values[i+1:]...))
		}
		values[i] = value
		return joinObject(keys, values)
	}
	if len(path) == 1 && mode != editReplace && mode != editDelete {
		return joinObject(append(keys, key), append(values, value))
	}
	return raw, nil
}

func editArray(raw string, path []pgtypes.Datum, level int, value string, mode int) (string, error) {
	_, values := jsonSplit(raw)
	n, err := strconv.ParseInt(path[0].(string), 10, 32)
	if err != nil {
		return "", pgerr.New(pgerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", level, path[0])
	}
	i := int(n)
	if i < 0 {
		i += len(values)
	}
	if i >= 0 && i < len(values) {
		if len(path) > 1 {
			inner, err := editAt(values[i], path[1:], level+1, value, mode)
			if err != nil {
				return "", err
			}
			values[i] = inner
			return joinArray(values), nil
		}
		switch mode {
		case editDelete:
			return joinArray(append(values[:i], values[i+1:]...)), nil
		case editReplace, editSet:
			values[i] = value
			return joinArray(values), nil
		case editAfter:
			i++
		}
	} else if len(path) > 1 || mode == editReplace || mode == editDelete {
		return raw, nil
	}
	i = max(0, min(i, len(values)))
	values = append(values[:i], append([]string{value}, values[i:]...)...)
	return joinArray(values), nil
}

// stripNulls drops the object fields that are null, at every depth.
func stripNulls(raw string) string {
	if jsonKind(raw) == '"' {
		return jsonQuote(jsonUnquote(raw))
	}
	if scalarJSON(raw) {
		return raw
	}
	keys, values := jsonSplit(raw)
	var parts []string
	for i, v := range values {
		if keys == nil {
			parts = append(parts, stripNulls(v))
		} else if jsonKind(v) != 'n' {
			parts = append(parts, jsonQuote(keys[i])+":"+stripNulls(v))
		}
	}
	if jsonKind(raw) == '{' {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// jsonPretty indents by four blanks.
func jsonPretty(raw, indent string) string {
	if scalarJSON(raw) {
		return raw
	}
	keys, values := jsonSplit(raw)
	opening, closing := "[", "]"
	if jsonKind(raw) == '{' {
		opening, closing = "{", "}"
	}
	var parts []string
	for i, v := range values {
		part := indent + "    "
		if keys != nil {
			part += jsonQuote(keys[i]) + ": "
		}
		parts = append(parts, part+jsonPretty(v, indent+"    "))
	}
	return opening + "\n" + strings.Join(parts, ",\n") + strings.Repeat("\n", min(1, len(parts))) + indent + closing
}

// jsonElements is json_array_elements and its kin.
func jsonElements(text bool) func(c *call, args []pgtypes.Datum) (SetRows, error) {
	return func(c *call, args []pgtypes.Datum) (SetRows, error) {
		raw := jsonTrim(args[0].(string))
		switch {
		case scalarJSON(raw) && c.name[:5] == "jsonb":
			return nil, invalidJSON("cannot extract elements from a scalar")
		case scalarJSON(raw):
			return nil, invalidJSON("cannot call %s on a scalar", c.name)
		case jsonKind(raw) == '{' && c.name[:5] == "jsonb":
			return nil, invalidJSON("cannot extract elements from an object")
		case jsonKind(raw) == '{':
			return nil, invalidJSON("cannot call %s on a non-array", c.name)
		}
		_, values := jsonSplit(raw)
		out := make([]pgtypes.Datum, len(values))
		for i, v := range values {
			out[i] = jsonDatum(v, text)
		}
		return column(out), nil
	}
}

func jsonDatum(raw string, text bool) pgtypes.Datum {
	if !text {
		return strings.Clone(raw)
	}
	s, ok := jsonAsText(raw)
	if !ok {
		return nil
	}
	return s
}

func jsonEach(text bool) func(c *call, args []pgtypes.Datum) (SetRows, error) {
	return func(c *call, args []pgtypes.Datum) (SetRows, error) {
		raw := jsonTrim(args[0].(string))
		if jsonKind(raw) != '{' {
			if c.name[:5] == "jsonb" {
				return nil, invalidJSON("cannot call %s on a non-object", c.name)
			}
			what := "a scalar"
			if jsonKind(raw) == '[' {
				what = "an array"
			}
			return nil, invalidJSON("cannot deconstruct %s as an object", strings.TrimPrefix(what, ""))
		}
		keys, values := jsonSplit(raw)
		rows := &listRows{}
		for i, k := range keys {
			rows.rows = append(rows.rows, []pgtypes.Datum{k, jsonDatum(values[i], text)})
		}
		return rows, nil
	}
}

func jsonKeys(c *call, args []pgtypes.Datum) (SetRows, error) {
	raw := jsonTrim(args[0].(string))
	switch jsonKind(raw) {
	case '{':
	case '[':
		return nil, invalidJSON("cannot call %s on an array", c.name)
	default:
		return nil, invalidJSON("cannot call %s on a scalar", c.name)
	}
	keys, _ := jsonSplit(raw)
	values := make([]pgtypes.Datum, len(keys))
	for i, k := range keys {
		values[i] = k
	}
	return column(values), nil
}
