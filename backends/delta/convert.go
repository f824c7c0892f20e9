package delta

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// conversion turns a column of a file into one of the table's type.
type conversion func(arrow.Array, memory.Allocator) (arrow.Array, error)

// conversionOf chooses how a column is converted; nil means not at all.
func conversionOf(f *field, have, want pgtypes.Type, mapped bool) conversion {
	switch {
	case f.typ.hasStruct() && have.OID == pgtypes.OIDJSONB && want.OID == pgtypes.OIDJSONB:
		return datums(have, want, func(v pgtypes.Datum) (pgtypes.Datum, error) { return reshaped(&f.typ, v.(string), mapped) })
	case have == want:
		return nil
	case sameForm(have, want):
		return retyped(want)
	}
	return datums(have, want, func(v pgtypes.Datum) (pgtypes.Datum, error) { return cast(have, want, v) })
}

// sameForm says that values of one type are those of another as they are: text by
// whatever name, and timestamps, which files have with and without a zone and which
// are UTC either way.
func sameForm(have, want pgtypes.Type) bool {
	return want.OID == pgtypes.OIDText && have.OID == pgtypes.OIDJSON ||
		isTimestamp(have.OID) && isTimestamp(want.OID)
}

func isTimestamp(oid uint32) bool {
	return oid == pgtypes.OIDTimestamp || oid == pgtypes.OIDTimestamptz
}

// retyped gives the same memory another type.
func retyped(want pgtypes.Type) conversion {
	return func(a arrow.Array, _ memory.Allocator) (arrow.Array, error) {
		if a.DataType().ID() == arrow.DICTIONARY {
			a.Retain()
			return a, nil
		}
		d := a.Data()
		data := array.NewData(pgtypes.ArrowType(want), d.Len(), d.Buffers(), nil, d.NullN(), d.Offset())
		defer data.Release()
		return array.MakeFromData(data), nil
	}
}

// datums converts value by value.
func datums(have, want pgtypes.Type, one func(pgtypes.Datum) (pgtypes.Datum, error)) conversion {
	return func(a arrow.Array, alloc memory.Allocator) (arrow.Array, error) {
		builder := array.NewBuilder(alloc, pgtypes.ArrowType(want))
		defer builder.Release()
		builder.Reserve(a.Len())
		for row := range a.Len() {
			v, err := pgtypes.DatumFromArrow(a, row, have)
			if err == nil && v != nil {
				v, err = one(v)
			}
			if err == nil {
				err = pgtypes.AppendToBuilder(builder, want, v)
			}
			if err != nil {
				return nil, err
			}
		}
		return builder.NewArray(), nil
	}
}

// cast is what type widening asks for, and what files of other writers need: a
// number as a wider one, a date as its midnight, the text of a type kept as text.
func cast(have, want pgtypes.Type, v pgtypes.Datum) (pgtypes.Datum, error) {
	switch {
	case have.OID == pgtypes.OIDFloat4 && want.OID == pgtypes.OIDFloat8:
		return v, nil // the nearest double is not the one of its text
	case have.OID == pgtypes.OIDBytea && want.OID == pgtypes.OIDText:
		raw, _ := v.([]byte)
		if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
			return nil, pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
		}
		return string(raw), nil
	}
	return pgtypes.Parse(want, pgtypes.Text(have, v, pgtypes.DefaultStyle()), pgtypes.DefaultStyle())
}

// reshaped gives a nested value the fields of the table's type: under their names
// instead of those in files, and NULL for those that came later than the file.
func reshaped(t *dataType, text string, mapped bool) (string, error) {
	out, err := t.reshape(nil, json.RawMessage(text), mapped)
	if err != nil {
		return "", err
	}
	return pgtypes.CanonicalJSONB(string(out))
}

func (t *dataType) reshape(dst []byte, value json.RawMessage, mapped bool) ([]byte, error) {
	if string(value) == "null" || !t.hasStruct() {
		return append(dst, value...), nil
	}
	switch t.name {
	case "array":
		return t.reshapeList(dst, value, mapped)
	case "map":
		return t.reshapeMap(dst, value, mapped)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(value, &object); err != nil {
		return nil, pgerr.New(pgerr.FdwError, "a value that is no struct")
	}
	dst = append(dst, '{')
	for i := range t.fields {
		f := &t.fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(pgtypes.AppendJSONString(dst, f.name), ':')
		part, ok := object[f.physical(mapped)]
		if !ok {
			part = json.RawMessage("null")
		}
		var err error
		if dst, err = f.typ.reshape(dst, part, mapped); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func (t *dataType) reshapeList(dst []byte, value json.RawMessage, mapped bool) ([]byte, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(value, &elements); err != nil {
		return nil, pgerr.New(pgerr.FdwError, "a value that is no list")
	}
	dst = append(dst, '[')
	for i, e := range elements {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = t.value.reshape(dst, e, mapped); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (t *dataType) reshapeMap(dst []byte, value json.RawMessage, mapped bool) ([]byte, error) {
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(value, &entries); err != nil {
		return nil, pgerr.New(pgerr.FdwError, "a value that is no map")
	}
	dst = append(dst, '{')
	first := true
	for key, e := range entries {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(pgtypes.AppendJSONString(dst, key), ':')
		var err error
		if dst, err = t.value.reshape(dst, e, mapped); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}
