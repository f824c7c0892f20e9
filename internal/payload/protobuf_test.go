package payload

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/registry"
)

const allProto = `syntax = "proto3"; package p;
import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/struct.proto";
enum Colour { RED = 0; BLUE = 1; }
message Other { string s = 1; message Deep { int32 d = 1; } }
message All {
  bool b = 1; int32 i = 2; sint64 l = 3; uint32 u = 4; uint64 w = 5; float f = 6; double d = 7; string s = 8; bytes y = 9; Colour c = 10;
  google.protobuf.Timestamp at = 11; google.protobuf.Duration du = 12; google.protobuf.Int64Value wrapped = 13; Other o = 14;
  repeated int32 r = 15; map<string, string> m = 16; optional int32 maybe = 17; oneof one { string x = 18; int32 z = 19; } google.protobuf.Struct st = 20;
}`

func protoMessage(t testing.TB, text, name, body string) []byte {
	f, err := compileProtobuf(text, nil, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := dynamicpb.NewMessage(f.message)
	if err := protojson.Unmarshal([]byte(body), m); err != nil {
		t.Fatal(err)
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const fullProto = `{"b":true,"i":-5,"l":"-9223372036854775808","u":4294967295,"w":"18446744073709551615","f":1.5,"d":"NaN","s":"zoë","y":"AP8=","c":"BLUE",
	"at":"2024-05-06T07:08:09.123456Z","du":"3.5s","wrapped":"7","o":{"s":"in"},"r":[1,2],"m":{"k":"v"},"maybe":0,"z":3,"st":{"a":[1]}}`

func TestProtobuf(t *testing.T) {
	c := New(Options{PayloadFormat: Protobuf, ProtobufSchema: allProto, ProtobufMessage: "p.All"}, nil, "")
	list := [][]byte{protoMessage(t, allProto, "p.All", fullProto), {}}
	got, _, err := rows(t, c, list)
	want := `t|-5|-9223372036854775808|4294967295|18446744073709551615|1.5|NaN|zoë|\x00ff|BLUE|2024-05-06 07:08:09.123456+00|00:00:03.5|7|{"s": "in"}|[1, 2]|{"k": "v"}|0|~|3|{"a": [1]}` +
		"\nf|0|0|0|0|0|0||\\x|RED|~|~|~|~|[]|{}|~|~|~|~\n"
	if err != nil || got != want {
		t.Errorf("got\n%s%v\nwant\n%s", got, err, want)
	}
	if again := rewritten(t, c, c, list); again != got {
		t.Errorf("written and read again\n%s\nwant\n%s", again, got)
	}
	declared := New(Options{
		PayloadFormat: Protobuf, ProtobufSchema: allProto, ProtobufMessage: "All", OnError: Skip,
		Columns: columns("s text at o.s", "r int4[]", "at text", "i timestamptz epoch=s", "none text", "e jsonb at c", "deep text at o.s.x"),
	}, nil, "")
	got, d, err := rows(t, declared, append(list, []byte{0xff}))
	if want := "in|{1,2}|2024-05-06T07:08:09.123456Z|1969-12-31 23:59:55+00|~|\"BLUE\"|~\n~|{}|~|1970-01-01 00:00:00+00|~|\"RED\"|~\n"; err != nil || got != want || d.Skipped != 1 {
		t.Errorf("got\n%s%v, %d skipped\nwant\n%s", got, err, d.Skipped, want)
	}
}

func TestProtobufRegistry(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	other := `syntax = "proto3"; package q; message Amount { int64 cents = 1; }`
	main := `syntax = "proto3"; import "amount.proto"; message First {} message Order { message Line { string sku = 1; } int32 id = 1; q.Amount amount = 2; }`
	fake.SeedSchema("amount", 1, 5, sr.Schema{Schema: other, Type: sr.TypeProtobuf})
	fake.SeedSchema("o-value", 1, 6, sr.Schema{Schema: main, Type: sr.TypeProtobuf, References: []sr.SchemaReference{{Name: "amount.proto", Subject: "amount", Version: 1}}})
	c := New(Options{PayloadFormat: Protobuf, ProtobufMessage: "Order"}, schemas(t, fake.URL()), "o-value")
	framed := func(indexes []int, body string) []byte {
		return append(registry.AppendMessageIndexes(registry.AppendConfluent(nil, 6), indexes), body...)
	}
	list := [][]byte{framed([]int{1}, "\x08\x07\x12\x02\x08\x09")}
	got, _, err := rows(t, c, list)
	if want := "7|{\"cents\": \"9\"}\n"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if again := rewritten(t, c, c, list); again != got {
		t.Errorf("written and read again %q", again)
	}
	line := New(Options{PayloadFormat: Protobuf, Columns: columns("sku text")}, schemas(t, fake.URL()), "o-value")
	if got, _, err = rows(t, line, [][]byte{framed([]int{1, 0}, "\x0a\x01A")}); err != nil || got != "A\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, _, err = rows(t, line, [][]byte{framed([]int{9}, "")}); pgerr.Code(err) != pgerr.DataCorrupted || !strings.Contains(err.Error(), "[9]") {
		t.Error(err)
	}
}

func FuzzProtobuf(f *testing.F) {
	f.Add(protoMessage(f, allProto, "p.All", fullProto))
	c := New(Options{PayloadFormat: Protobuf, ProtobufSchema: allProto, ProtobufMessage: "p.All", OnError: Null}, nil, "")
	f.Fuzz(func(t *testing.T, message []byte) {
		if got, _, err := rows(t, c, [][]byte{message}); err != nil || got == "" {
			t.Fatal(got, err)
		}
	})
}
