package payload

import (
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/internal/declared"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Format is how a message is written.
type Format string

// The formats. Raw is also spelled raw_bytes.
const (
	JSON     Format = "json"
	Raw      Format = "raw"
	Text     Format = "text"
	Avro     Format = "avro"
	Protobuf Format = "protobuf"
)

// canonical is a format in its own spelling; json when none is given.
func (f Format) canonical() Format {
	switch f {
	case "":
		return JSON
	case "raw_bytes", "bytes":
		return Raw
	default:
		return f
	}
}

// Policy is what becomes of a message that does not decode.
type Policy string

// The policies: the statement fails (the default), the row's columns are NULL, the
// message is left out and counted.
const (
	Fail Policy = "error"
	Null Policy = "null"
	Skip Policy = "skip"
)

// Envelope is what a message holds around the row.
type Envelope string

// Debezium messages hold a row before and after a change.
const Debezium Envelope = "debezium"

// Framing is what stands before the payload and names its schema.
type Framing string

// The frames. "" is Confluent's when the source has a registry and the format a schema,
// and none otherwise.
const (
	FramingNone      Framing = "none"
	FramingConfluent Framing = "confluent"
	FramingGlue      Framing = "glue"
)

// Options say how a table's messages are to be read and written.
type Options struct {
	// PayloadFormat is json (the default), raw, text, avro or protobuf.
	PayloadFormat Format `json:"payload_format,omitempty"`
	// Columns declares the columns; without, they are those of the schema, or one column
	// named payload.
	Columns []Column `json:"columns,omitempty"`
	// OnError is error (the default), null or skip.
	OnError Policy `json:"on_error,omitempty"`
	// Envelope is debezium for change events, whose rows are then the columns.
	Envelope Envelope `json:"envelope,omitempty"`
	// Framing is none, confluent or glue.
	Framing Framing `json:"framing,omitempty"`
	// SchemaSubject is the subject in the registry, when it is not the usual one.
	SchemaSubject string `json:"schema_subject,omitempty"`
	// AvroSchema is the schema of messages, where no registry has it.
	AvroSchema string `json:"avro_schema,omitempty"`
	// ProtobufSchema is the text of a .proto file, where no registry has it.
	ProtobufSchema string `json:"protobuf_schema,omitempty"`
	// ProtobufMessage is the message's full name; the file's first when it is missing.
	ProtobufMessage string `json:"protobuf_message,omitempty"`
}

// Column declares a column.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // in Postgres's words: numeric(12,2), text[]
	// Path is where the value is: names parted by points, or a JSON pointer that begins
	// with a slash; $ is the whole payload. The default is the column's name.
	Path string `json:"path,omitempty"`
	// Epoch says that a time is a number since 1970 in this unit: days, s, ms, us, ns.
	Epoch   string `json:"epoch,omitempty"`
	NotNull bool   `json:"not_null,omitempty"`
}

// Fault is one thing wrong in Options.
type Fault struct{ Path, Message string }

type faults struct {
	path string
	list []Fault
}

func (f *faults) add(path, format string, args ...any) {
	f.list = append(f.list, Fault{f.path + path, fmt.Sprintf(format, args...)})
}

// Validate reports every fault, with path before the keys.
func (o *Options) Validate(path string) []Fault {
	f := &faults{path: path}
	format := o.PayloadFormat.canonical()
	f.oneOf("payload_format", string(format), "json", "raw", "text", "avro", "protobuf")
	f.oneOf("on_error", string(o.OnError), "", "error", "null", "skip")
	f.oneOf("envelope", string(o.Envelope), "", "none", "debezium")
	f.oneOf("framing", string(o.Framing), "", "none", "confluent", "glue")
	if o.AvroSchema != "" {
		if format != Avro {
			f.add("avro_schema", "is for payload_format avro")
		} else if _, err := parseAvro(o.AvroSchema); err != nil {
			f.add("avro_schema", "%v", err)
		}
	}
	if o.ProtobufSchema != "" {
		if format != Protobuf {
			f.add("protobuf_schema", "is for payload_format protobuf")
		} else if _, err := compileProtobuf(o.ProtobufSchema, nil, o.ProtobufMessage, nil); err != nil {
			f.add("protobuf_schema", "%v", err)
		}
	}
	if o.Envelope == Debezium && format != JSON && format != Avro {
		f.add("envelope", "debezium is for payload_format json and avro")
	}
	if o.Framing == FramingGlue && format != Avro {
		f.add("framing", "glue is for payload_format avro")
	}
	o.validateColumns(f, format)
	return f.list
}

func (f *faults) oneOf(path, value string, known ...string) {
	for _, k := range known {
		if value == k {
			return
		}
	}
	if known[0] == "" {
		known = known[1:]
	}
	f.add(path, "unknown %q; there are %s", value, strings.Join(known, ", "))
}

func (o *Options) validateColumns(f *faults, format Format) {
	if (format == Raw || format == Text) && len(o.Columns) > 1 {
		f.add("columns", "payload_format %s has one column", format)
	}
	seen := map[string]bool{}
	for i, c := range o.Columns {
		at := fmt.Sprintf("columns[%d].", i)
		switch {
		case c.Name == "":
			f.add(at+"name", "is missing")
		case strings.HasPrefix(c.Name, "_"):
			f.add(at+"name", "names that begin with _ are the source's own, as _event_ts; choose another, and set path")
		case seen[c.Name]:
			f.add(at+"name", "column %q is declared twice", c.Name)
		}
		seen[c.Name] = true
		t, err := declared.TypeOrArray(c.Type)
		if err != nil {
			f.add(at+"type", "%v", err)
			continue
		}
		if _, err := parsePath(c.Path); err != nil {
			f.add(at+"path", "%v", err)
		}
		if _, ok := units[c.Epoch]; !ok {
			f.add(at+"epoch", "unknown unit %q; there are days, s, ms, us, ns", c.Epoch)
		} else if c.Epoch != "" && !isTime(t.OID) {
			f.add(at+"epoch", "is for columns of type date, time, timestamp and timestamptz")
		}
		if format == Raw && t.OID != pgtypes.OIDBytea {
			f.add(at+"type", "payload_format raw gives bytea; payload_format text reads other types")
		}
	}
}

func isTime(oid uint32) bool {
	switch oid {
	case pgtypes.OIDDate, pgtypes.OIDTime, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz:
		return true
	}
	return false
}
