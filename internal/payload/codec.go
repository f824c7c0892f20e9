package payload

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// Codec is how the messages of one table are read and written. It is safe for
// concurrent use, and asks the registry at the first need.
type Codec struct {
	options  Options
	format   Format
	framing  Framing
	policy   Policy
	subject  string
	registry *registry.Client

	mu        sync.Mutex
	avro      map[int]*avroSchema // by number in the registry; -1 is the inline one
	protobufs map[int]*protobufFile
}

// New makes a codec. schemas may be nil; subject is the table's usual one there.
func New(options Options, schemas *registry.Client, subject string) *Codec {
	c := &Codec{
		options: options, format: options.PayloadFormat.canonical(), framing: options.Framing, policy: options.OnError,
		subject: subject, registry: schemas, avro: map[int]*avroSchema{}, protobufs: map[int]*protobufFile{},
	}
	if options.SchemaSubject != "" {
		c.subject = options.SchemaSubject
	}
	if c.policy == "" {
		c.policy = Fail
	}
	if c.framing == "" {
		c.framing = FramingNone
		if schemas != nil && (c.format == Avro || c.format == Protobuf) {
			c.framing = FramingConfluent
		}
	}
	return c
}

// Fields are the table's columns. Undeclared ones of Avro and Protobuf come from the
// schema as it is now.
func (c *Codec) Fields(ctx context.Context) ([]Field, error) {
	fields, err := c.rowFields(ctx)
	if err == nil && c.options.Envelope == Debezium {
		fields = append(fields, envelopeFields()...)
	}
	return fields, err
}

func (c *Codec) rowFields(ctx context.Context) ([]Field, error) {
	if len(c.options.Columns) > 0 {
		fields, err := declaredFields(c.options.Columns, c.policy != Null)
		if err == nil && (c.format == Raw || c.format == Text) {
			fields[0].path = []string{}
		}
		return fields, err
	}
	switch c.format {
	case Raw:
		return wholeField(pgtypes.OIDBytea), nil
	case Text:
		return wholeField(pgtypes.OIDText), nil
	case Avro:
		s, err := c.readerAvro(ctx)
		if err != nil {
			return nil, err
		}
		return s.fields(c.options.Envelope, c.policy != Null), nil
	case Protobuf:
		message, err := c.readerProtobuf(ctx)
		if err != nil {
			return nil, err
		}
		return protobufFields(message), nil
	default:
		return wholeField(pgtypes.OIDJSONB), nil
	}
}

// errNoSchema says that nothing tells the columns.
func (c *Codec) errNoSchema(key string) error {
	if c.registry == nil {
		return pgerr.New(pgerr.FdwError, "nothing says what the %s messages hold", c.format).
			WithHint("Set %s, or schema_registry_url and the frame of a registry.", key)
	}
	return pgerr.New(pgerr.FdwError, "the schema registry has no subject %q", c.subject).
		WithHint("Set schema_subject, %s, or declare the columns.", key)
}

// find gives the fields of the names.
func find(fields []Field, names []string) ([]Field, error) {
	out := make([]Field, len(names))
	for i, name := range names {
		found := false
		for _, f := range fields {
			if f.Name == name {
				out[i], found = f, true
				break
			}
		}
		if !found {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist any more", name).
				WithDetail("The schema of the messages has changed.")
		}
	}
	return out, nil
}
