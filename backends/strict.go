package backends

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// decodeStrict decodes a config's JSON into cfg and reports every unknown key and
// every value of the wrong type. encoding/json alone stops at the first and names
// no path.
func decodeStrict(data []byte, cfg Config) []Fault {
	var renamed map[string]string
	if r, ok := cfg.(Renamer); ok {
		renamed = r.RenamedKeys()
	}
	d := strictDecoder{renamed: renamed}
	d.value(data, reflect.ValueOf(cfg).Elem(), "")
	return d.faults
}

// DecodeStrict decodes JSON into target, a pointer to a struct, and reports every
// unknown key and every value of the wrong type, with its path. Configurations of
// other parts of a program use it, so that all faults read alike.
func DecodeStrict(data []byte, target any) []Fault {
	d := strictDecoder{}
	d.value(data, reflect.ValueOf(target).Elem(), "")
	return d.faults
}

type strictDecoder struct {
	faults  []Fault
	renamed map[string]string
}

func (d *strictDecoder) fault(path, format string, args ...any) {
	d.faults = append(d.faults, Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func (d *strictDecoder) value(data json.RawMessage, v reflect.Value, path string) {
	custom := v.Addr().Type().Implements(unmarshaler)
	switch {
	case custom:
		d.leaf(data, v, path)
	case v.Kind() == reflect.Struct:
		d.object(data, v, path)
	case v.Kind() == reflect.Pointer && string(data) != "null":
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(data, v.Elem(), path)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		d.list(data, v, path)
	default:
		d.leaf(data, v, path)
	}
}

func (d *strictDecoder) list(data json.RawMessage, v reflect.Value, path string) {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		d.fault(path, "must be a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, out.Index(i), path+"["+strconv.Itoa(i)+"]")
	}
	v.Set(out)
}

func (d *strictDecoder) object(data json.RawMessage, v reflect.Value, path string) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil || object == nil {
		d.fault(path, "must be an object")
		return
	}
	fields := jsonFields(v.Type())
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		i := slices.IndexFunc(fields, func(f jsonField) bool { return f.name == name })
		switch {
		case i >= 0:
			d.value(object[name], v.FieldByIndex(fields[i].index), join(path, name))
		case path == "" && name == "kind":
		default:
			d.unknown(path, name, fields)
		}
	}
}

func (d *strictDecoder) unknown(path, name string, fields []jsonField) {
	at := join(path, name)
	if to, ok := d.renamed[at]; ok {
		d.fault(at, "unknown key; it is called %q", to)
		return
	}
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.name
	}
	if len(known) == 0 {
		d.fault(at, "unknown key; none is allowed here")
		return
	}
	d.fault(at, "unknown key; the keys here are %s", strings.Join(known, ", "))
}

func (d *strictDecoder) leaf(data json.RawMessage, v reflect.Value, path string) {
	if err := json.Unmarshal(data, v.Addr().Interface()); err != nil {
		d.fault(path, "%s", typeFault(err, v.Type()))
	}
}

func typeFault(err error, t reflect.Type) string {
	if _, ok := err.(*json.UnmarshalTypeError); !ok {
		return err.Error()
	}
	switch t.Kind() {
	case reflect.String:
		return "must be a text"
	case reflect.Bool:
		return "must be true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "must be a whole number"
	case reflect.Slice:
		return "must be a list"
	case reflect.Map:
		return "must be an object"
	default:
		return "has the wrong type"
	}
}

// join appends a key to a dotted path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

type jsonField struct {
	name      string
	omitEmpty bool
	index     []int
}

// jsonFields lists the fields of a struct that JSON sees, embedded structs' fields
// included, in order.
func jsonFields(t reflect.Type) []jsonField {
	var fields []jsonField
	for _, f := range reflect.VisibleFields(t) {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "-" || !f.IsExported() || f.Anonymous && tag == "" {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		fields = append(fields, jsonField{name: tag, omitEmpty: strings.Contains(options, "omitempty"), index: f.Index})
	}
	return fields
}
