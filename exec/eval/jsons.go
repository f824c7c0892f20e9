package eval

import (
	"strings"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// jsonFunctions are the operators and functions of json and jsonb.
var jsonFunctions = func() map[string]builtin {
	m := map[string]builtin{
		"to_json":       fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return toJSON(c, c.args[0], a[0], false) }),
		"to_jsonb":      fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return toJSON(c, c.args[0], a[0], true) }),
		"row_to_json":   fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return toJSON(c, c.args[0], a[0], false) }),
		"array_to_json": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) { return toJSON(c, c.args[0], a[0], false) }),
		"array_to_json_pretty": fn(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
			if a[1].(bool) {
				return string(appendJSONArray(c, nil, a[0].(array), "\n ")), nil
			}
			return toJSON(c, c.args[0], a[0], false)
		}),
		"jsonb_contains":  f2(func(a, b string) bool { return jsonbContains(a, b, true) }),
		"jsonb_contained": f2(func(a, b string) bool { return jsonbContains(b, a, true) }),
		"jsonb_exists":    f2(jsonbExists),
		"jsonb_exists_any": f2(func(a string, keys array) bool {
			for _, k := range keys.Elements {
				if k != nil && jsonbExists(a, k.(string)) {
					return true
				}
			}
			return false
		}),
		"jsonb_exists_all": f2(func(a string, keys array) bool {
			for _, k := range keys.Elements {
				if k != nil && !jsonbExists(a, k.(string)) {
					return false
				}
			}
			return true
		}),
		"jsonb_concat": f2e(jsonbConcat), "jsonb_delete": f2e(func(a, key string) (string, error) { return jsonbDelete(a, key) }),
		"jsonb_delete_array": f2e(func(a string, keys array) (string, error) {
			var names []string
			for _, k := range keys.Elements {
				if k != nil {
					names = append(names, k.(string))
				}
			}
			return jsonbDelete(a, names...)
		}),
		"jsonb_delete_idx":  f2e(jsonbDeleteIndex),
		"jsonb_delete_path": f2e(func(a string, path array) (string, error) { return jsonbEdit(a, path, "", editDelete) }),
		"jsonb_set": f4c(func(_ *call, a string, path array, value string, create bool) (string, error) {
			mode := editReplace
			if create {
				mode = editSet
			}
			return jsonbEdit(a, path, value, mode)
		}),
		"jsonb_insert": f4c(func(_ *call, a string, path array, value string, after bool) (string, error) {
			mode := editBefore
			if after {
				mode = editAfter
			}
			return jsonbEdit(a, path, value, mode)
		}),
		"jsonb_pretty":      f1(func(s string) string { return jsonPretty(s, "") }),
		"jsonb_strip_nulls": f1e(func(s string) (string, error) { return pgtypes.CanonicalJSONB(stripNulls(s)) }),
		"json_strip_nulls":  f1(func(s string) string { return stripNulls(jsonTrim(s)) }),
		"json_build_object": fnNulls(buildObject(false)), "jsonb_build_object": fnNulls(buildObject(true)),
		"json_build_object_noargs":  f0c(func(*call) (string, error) { return "{}", nil }),
		"jsonb_build_object_noargs": f0c(func(*call) (string, error) { return "{}", nil }),
		"json_build_array":          fnNulls(buildArray(false)), "jsonb_build_array": fnNulls(buildArray(true)),
		"json_build_array_noargs":  f0c(func(*call) (string, error) { return "[]", nil }),
		"jsonb_build_array_noargs": f0c(func(*call) (string, error) { return "[]", nil }),
		"jsonb_bool": f1e(func(s string) (bool, error) {
			if k := jsonKind(s); k == 't' || k == 'f' {
				return k == 't', nil
			}
			return false, errJSONCast(s, "boolean")
		}),
		"jsonb_numeric": f1e(func(s string) (numeric, error) { return jsonNumber(s, "numeric") }),
		"jsonb_int2":    f1e(func(s string) (int32, error) { return jsonInteger(s, "smallint", numeric.Int16) }),
		"jsonb_int4":    f1e(func(s string) (int32, error) { return jsonInteger(s, "integer", numeric.Int32) }),
		"jsonb_int8":    f1e(func(s string) (int64, error) { return jsonInteger(s, "bigint", numeric.Int64) }),
		"jsonb_float4":  f1e(func(s string) (float64, error) { return jsonInteger(s, "real", numeric.Float32) }),
		"jsonb_float8":  f1e(func(s string) (float64, error) { return jsonInteger(s, "double precision", numeric.Float64) }),
	}
	for _, prefix := range []string{"json", "jsonb"} {
		m[prefix+"_object_field"] = f2e(func(s, key string) (string, error) { return jsonResult(jsonField(jsonTrim(s), key)) })
		m[prefix+"_object_field_text"] = f2e(func(s, key string) (string, error) { return jsonTextResult(jsonField(jsonTrim(s), key)) })
		m[prefix+"_array_element"] = f2e(func(s string, i int32) (string, error) { return jsonResult(jsonElement(jsonTrim(s), int(i))) })
		m[prefix+"_array_element_text"] = f2e(func(s string, i int32) (string, error) { return jsonTextResult(jsonElement(jsonTrim(s), int(i))) })
		m[prefix+"_extract_path"] = f2e(func(s string, path array) (string, error) { return jsonResult(jsonPath(s, path.Elements)) })
		m[prefix+"_extract_path_text"] = f2e(func(s string, path array) (string, error) { return jsonTextResult(jsonPath(s, path.Elements)) })
		m[prefix+"_typeof"] = f1(func(s string) string { return jsonTypeOf(jsonTrim(s)) })
		m[prefix+"_array_length"] = f1e(jsonArrayLength)
		m[prefix+"_object"] = fn(textObject(prefix == "jsonb"))
		m[prefix+"_object_two_arg"] = fn(textObjectTwo(prefix == "jsonb"))
	}
	// A jsonb scalar is stored as an array of one.
	element := func(s string, i int32) (string, bool) {
		if scalarJSON(s) && (i == 0 || i == -1) {
			return s, true
		}
		return jsonElement(s, int(i))
	}
	m["jsonb_array_element"] = f2e(func(s string, i int32) (string, error) { return jsonResult(element(s, i)) })
	m["jsonb_array_element_text"] = f2e(func(s string, i int32) (string, error) { return jsonTextResult(element(s, i)) })
	return m
}()

func jsonResult(raw string, ok bool) (string, error) {
	if !ok {
		return "", errNull
	}
	return raw, nil
}

func jsonTextResult(raw string, ok bool) (string, error) {
	if !ok {
		return "", errNull
	}
	return jsonResult(jsonAsText(raw))
}

func jsonArrayLength(s string) (int32, error) {
	switch s = jsonTrim(s); jsonKind(s) {
	case '[':
		_, values := jsonSplit(s)
		return int32(len(values)), nil
	case '{':
		return 0, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a non-array")
	}
	return 0, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a scalar")
}

func errJSONCast(s, to string) error {
	what := jsonTypeOf(s)
	switch what {
	case "number":
		what = "numeric"
	}
	return pgerr.New(pgerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", what, to)
}

func jsonNumber(s, to string) (numeric, error) {
	if jsonKind(s) != 0 {
		return numeric{}, errJSONCast(s, to)
	}
	return pgtypes.ParseNumeric(s)
}

func jsonInteger[T any](s, to string, convert func(numeric) (T, error)) (T, error) {
	n, err := jsonNumber(s, to)
	if err != nil {
		var zero T
		return zero, err
	}
	return convert(n)
}

func buildArray(b bool) func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		args, types := spread(args, c.args, c)
		out := []byte{'['}
		for i, a := range args {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = appendJSON(c, out, types[i], a)
		}
		out = append(out, ']')
		if b {
			return pgtypes.CanonicalJSONB(string(out))
		}
		return string(out), nil
	}
}

func buildObject(b bool) func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	name := "json_build_object()"
	if b {
		name = "jsonb_build_object()"
	}
	return func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		args, types := spread(args, c.args, c)
		if len(args)%2 != 0 {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "argument list must have even number of elements").
				WithHint("The arguments of %s must consist of alternating keys and values.", name)
		}
		out := []byte{'{'}
		for i := 0; i < len(args); i += 2 {
			if i > 0 {
				out = append(out, ", "...)
			}
			if args[i] == nil {
				if b {
					return nil, pgerr.New(pgerr.InvalidParameterValue, "argument %d: key must not be null", i+1)
				}
				return nil, pgerr.New(pgerr.InvalidParameterValue, "argument %d cannot be null", i+1).WithHint("Object keys should be text.")
			}
			out = appendJSONKey(c, out, types[i], args[i])
			out = append(out, " : "...)
			out = appendJSON(c, out, types[i+1], args[i+1])
		}
		out = append(out, '}')
		if b {
			return pgtypes.CanonicalJSONB(string(out))
		}
		return string(out), nil
	}
}

// appendJSONKey writes a value as a key: always a string.
func appendJSONKey(c *call, dst []byte, t pgtypes.Type, d pgtypes.Datum) []byte {
	b := appendJSON(c, nil, t, d)
	if len(b) > 0 && b[0] == '"' {
		return append(dst, b...)
	}
	return pgtypes.AppendJSONString(dst, string(b))
}

func textObject(b bool) func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return func(_ *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		a := args[0].(array)
		switch {
		case len(a.Dims) == 1 && len(a.Elements)%2 != 0:
			return nil, pgerr.New(pgerr.ArraySubscriptError, "array must have even number of elements")
		case len(a.Dims) == 2 && a.Dims[1].Length != 2:
			return nil, pgerr.New(pgerr.ArraySubscriptError, "array must have two columns")
		case len(a.Dims) > 2:
			return nil, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
		}
		var keys, values []pgtypes.Datum
		for i := 0; i+1 < len(a.Elements); i += 2 {
			keys, values = append(keys, a.Elements[i]), append(values, a.Elements[i+1])
		}
		return objectOf(keys, values, b)
	}
}

func textObjectTwo(b bool) func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return func(_ *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		k, v := args[0].(array), args[1].(array)
		if len(k.Dims) > 1 || len(k.Dims) != len(v.Dims) && len(v.Dims) > 1 {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
		}
		if len(k.Elements) != len(v.Elements) {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "mismatched array dimensions")
		}
		return objectOf(k.Elements, v.Elements, b)
	}
}

func objectOf(keys, values []pgtypes.Datum, b bool) (pgtypes.Datum, error) {
	var out strings.Builder
	out.WriteByte('{')
	for i, k := range keys {
		if k == nil {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "null value not allowed for object key")
		}
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(jsonQuote(k.(string)) + " : ")
		if values[i] == nil {
			out.WriteString("null")
		} else {
			out.WriteString(jsonQuote(values[i].(string)))
		}
	}
	out.WriteByte('}')
	if b {
		return pgtypes.CanonicalJSONB(out.String())
	}
	return out.String(), nil
}

// jsonbSubscript is jsonb['a'][1].
func jsonbSubscript() builtin {
	return fn(func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		var path []pgtypes.Datum
		for i, a := range args[1:] {
			path = append(path, textOf(c, c.args[i+1], a))
		}
		raw, ok := jsonPath(args[0].(string), path)
		if !ok {
			return nil, nil
		}
		return strings.Clone(raw), nil
	})
}

// jsonAggregate is json_agg, json_object_agg and their jsonb kin.
func jsonAggregate(name string, args []pgtypes.Type, result pgtypes.Type, ctx *Context) Aggregate {
	b := strings.HasPrefix(name, "jsonb")
	t := &textAgg{call: call{ctx: ctx, args: args, result: result, name: name}, separator: ", "}
	switch name {
	case "json_agg", "jsonb_agg":
		t.start, t.end = "[", "]"
		line := !b && structured(args[0])
		if line {
			t.mergeSeparator = ", \n "
		}
		t.add = func(c *call, dst []byte, first bool, args []*vector.Vector, row int) ([]byte, error) {
			d := c.withNames(0, vector.Get(args[0], row))
			if line && !first && d != nil {
				dst = append(dst, "\n "...)
			}
			return appendCanonical(c, dst, c.args[0], d, b)
		}
	case "json_object_agg", "jsonb_object_agg":
		t.start, t.end = "{ ", " }"
		t.add = func(c *call, dst []byte, _ bool, args []*vector.Vector, row int) ([]byte, error) {
			key := vector.Get(args[0], row)
			if key == nil {
				return nil, pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
			}
			dst = append(appendJSONKey(c, dst, c.args[0], key), " : "...)
			return appendCanonical(c, dst, c.args[1], c.withNames(1, vector.Get(args[1], row)), b)
		}
	default:
		return nil
	}
	a := newTextAgg(t)
	if b {
		return &canonicalAgg{a.(*textAgg)}
	}
	return a
}

func appendCanonical(c *call, dst []byte, t pgtypes.Type, d pgtypes.Datum, b bool) ([]byte, error) {
	s, err := toJSON(c, t, d, b)
	return append(dst, s...), err
}

// canonicalAgg brings the texts of a textAgg to jsonb's form.
type canonicalAgg struct{ *textAgg }

// Final implements Aggregate.
func (a *canonicalAgg) Final(dst *vector.Vector, from, n int) error {
	var raw vector.Vector
	if err := a.textAgg.Final(&raw, from, n); err != nil {
		return err
	}
	return finish(dst, vector.FormString, n, func(row int) (bool, error) {
		if raw.IsNull(row) {
			return false, nil
		}
		s, err := pgtypes.CanonicalJSONB(string(raw.Bytes(row)))
		dst.Str[row] = dst.AppendString(s)
		return true, err
	})
}
