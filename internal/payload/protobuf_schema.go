package payload

import (
	"context"
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/registry"
)

// protobufFile is a compiled file and the message of it that is meant when nothing
// else is said.
type protobufFile struct {
	id      int // in the registry, -1 for an inline one
	file    protoreflect.FileDescriptor
	message protoreflect.MessageDescriptor
}

// mainFile is the name of the file that has no name of its own.
const mainFile = "schema.proto"

// compileProtobuf compiles a .proto text. indexes, when given, choose the message, and
// else its name does.
func compileProtobuf(text string, references []registry.Reference, name string, indexes []int) (*protobufFile, error) {
	sources := map[string]string{mainFile: text}
	for _, r := range references {
		sources[r.Name] = r.Text
	}
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(sources)}),
		MaxParallelism: 1,
	}
	files, err := compiler.Compile(context.Background(), mainFile)
	if err != nil {
		return nil, err
	}
	f := &protobufFile{id: -1, file: files[0]}
	switch {
	case indexes != nil:
		f.message, err = messageAt(f.file, indexes)
	case name != "":
		if f.message = messageNamed(f.file.Messages(), name); f.message == nil {
			err = fmt.Errorf("there is no message %q", name)
		}
	case f.file.Messages().Len() == 0:
		err = fmt.Errorf("there is no message in it")
	default:
		f.message = f.file.Messages().Get(0)
	}
	return f, err
}

// messageAt finds a message as the frames name it.
func messageAt(file protoreflect.FileDescriptor, indexes []int) (protoreflect.MessageDescriptor, error) {
	messages := file.Messages()
	var found protoreflect.MessageDescriptor
	for _, i := range indexes {
		if i >= messages.Len() {
			return nil, pgerr.New(pgerr.DataCorrupted, "the message's frame names message %v, which its schema does not have", indexes)
		}
		found = messages.Get(i)
		messages = found.Messages()
	}
	return found, nil
}

// messageNamed finds a message by its full name, or by its own where that is enough.
func messageNamed(messages protoreflect.MessageDescriptors, name string) protoreflect.MessageDescriptor {
	for i := range messages.Len() {
		m := messages.Get(i)
		if string(m.FullName()) == name || string(m.Name()) == name {
			return m
		}
		if inner := messageNamed(m.Messages(), name); inner != nil {
			return inner
		}
	}
	return nil
}

// indexesOf is messageAt the other way.
func indexesOf(m protoreflect.MessageDescriptor) []int {
	if outer, ok := m.Parent().(protoreflect.MessageDescriptor); ok {
		return append(indexesOf(outer), m.Index())
	}
	return []int{m.Index()}
}

// readerProtobuf is the message that undeclared columns come from.
func (c *Codec) readerProtobuf(ctx context.Context) (protoreflect.MessageDescriptor, error) {
	f, err := c.protobufFile(ctx, -1)
	if err != nil {
		return nil, err
	}
	return f.message, nil
}

// protobufFile is the file of a number; -1 is the inline one, or the subject's newest.
func (c *Codec) protobufFile(ctx context.Context, id int) (*protobufFile, error) {
	inline := c.options.ProtobufSchema != ""
	if id >= 0 || inline {
		c.mu.Lock()
		f := c.protobufs[id]
		c.mu.Unlock()
		if f != nil {
			return f, nil
		}
	}
	var found *registry.Schema
	var err error
	switch {
	case id < 0 && inline:
		found = &registry.Schema{ID: -1, Type: registry.Protobuf, Text: c.options.ProtobufSchema}
	case c.registry == nil:
		return nil, c.errNoSchema("protobuf_schema")
	case id >= 0:
		found, err = c.registry.ByID(ctx, id)
	default:
		found, err = c.registry.Latest(ctx, c.subject)
	}
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, c.errNoSchema("protobuf_schema")
	}
	if found.Type != registry.Protobuf {
		return nil, pgerr.New(pgerr.FdwError, "schema %d of the registry is of type %s, not PROTOBUF", found.ID, found.Type)
	}
	f, err := compileProtobuf(found.Text, found.References, c.options.ProtobufMessage, nil)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwError, "schema %d: %v", found.ID, err)
	}
	f.id = found.ID
	c.mu.Lock()
	c.protobufs[found.ID] = f
	c.mu.Unlock()
	return f, nil
}

// protobufFields are the columns of a message.
func protobufFields(m protoreflect.MessageDescriptor) []Field {
	list := m.Fields()
	fields := make([]Field, list.Len())
	for i := range fields {
		f := list.Get(i)
		fields[i] = Field{Name: string(f.Name()), Type: protobufType(f), Native: protobufNative(f), path: []string{string(f.Name())}}
	}
	return fields
}

func protobufNative(f protoreflect.FieldDescriptor) string {
	name := f.Kind().String()
	switch {
	case f.IsMap():
		return "map"
	case f.Message() != nil:
		name = string(f.Message().FullName())
	}
	if f.IsList() {
		name = "repeated " + name
	}
	return name
}

// protobufType is the Postgres type that holds every value.
func protobufType(f protoreflect.FieldDescriptor) pgtypes.Type {
	if f.IsList() || f.IsMap() {
		return pgtypes.Of(pgtypes.OIDJSONB)
	}
	switch f.Kind() {
	case protoreflect.BoolKind:
		return pgtypes.Of(pgtypes.OIDBool)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return pgtypes.Of(pgtypes.OIDInt4)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return pgtypes.Of(pgtypes.OIDInt8)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(20, 0)}
	case protoreflect.FloatKind:
		return pgtypes.Of(pgtypes.OIDFloat4)
	case protoreflect.DoubleKind:
		return pgtypes.Of(pgtypes.OIDFloat8)
	case protoreflect.StringKind, protoreflect.EnumKind:
		return pgtypes.Of(pgtypes.OIDText)
	case protoreflect.BytesKind:
		return pgtypes.Of(pgtypes.OIDBytea)
	}
	return knownMessageType(f.Message())
}

// knownMessageType is the type of Google's well-known messages; jsonb for all others.
func knownMessageType(m protoreflect.MessageDescriptor) pgtypes.Type {
	switch name := string(m.FullName()); name {
	case "google.protobuf.Timestamp":
		return pgtypes.Of(pgtypes.OIDTimestamptz)
	case "google.protobuf.Duration":
		return pgtypes.Of(pgtypes.OIDInterval)
	default:
		if isWrapper(name) {
			return protobufType(m.Fields().ByNumber(1))
		}
	}
	return pgtypes.Of(pgtypes.OIDJSONB)
}

// isWrapper says whether a message is one of Google's around a single value, which
// are NULL when they are not there.
func isWrapper(name string) bool {
	return strings.HasPrefix(name, "google.protobuf.") && strings.HasSuffix(name, "Value") &&
		name != "google.protobuf.Value" && name != "google.protobuf.ListValue" && name != "google.protobuf.NullValue"
}
