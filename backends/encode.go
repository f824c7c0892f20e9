package backends

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// revealer is a secret; its own MarshalJSON hides it.
type revealer interface{ reveal() string }

// encodeRevealed is json.Marshal but for secrets, which it writes as they were
// given. It walks structs, pointers and slices; a secret inside a map would stay
// hidden, so configs keep none there.
func encodeRevealed(v any) ([]byte, error) {
	var out bytes.Buffer
	err := encodeValue(&out, reflect.ValueOf(v))
	return out.Bytes(), err
}

func encodeValue(out *bytes.Buffer, v reflect.Value) error {
	if v.CanInterface() {
		if secret, ok := v.Interface().(revealer); ok && v.Kind() != reflect.Pointer {
			return encodeLeaf(out, secret.reveal())
		}
		if _, ok := v.Interface().(json.Marshaler); ok {
			return encodeLeaf(out, v.Interface())
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			out.WriteString("null")
			return nil
		}
		return encodeValue(out, v.Elem())
	case reflect.Struct:
		return encodeStruct(out, v)
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return encodeLeaf(out, v.Interface())
		}
		return encodeList(out, v)
	default:
		return encodeLeaf(out, v.Interface())
	}
}

func encodeStruct(out *bytes.Buffer, v reflect.Value) error {
	out.WriteByte('{')
	first := true
	for _, f := range jsonFields(v.Type()) {
		field := v.FieldByIndex(f.index)
		if f.omitEmpty && isEmpty(field) {
			continue
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		if err := encodeLeaf(out, f.name); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := encodeValue(out, field); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func encodeList(out *bytes.Buffer, v reflect.Value) error {
	out.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := encodeValue(out, v.Index(i)); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func encodeLeaf(out *bytes.Buffer, v any) error {
	data, err := json.Marshal(v)
	out.Write(data)
	return err
}

// isEmpty is encoding/json's omitempty, and an empty Secret besides.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		_, secret := v.Interface().(revealer)
		return secret && v.IsZero()
	default:
		return v.IsZero()
	}
}
