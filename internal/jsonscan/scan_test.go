package jsonscan

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestMembers(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, ``},
		{` { "a" : 1 , "b":"x, }y" } `, `a=1 b="x, }y" `},
		{`{"a\u0062":{"c":[1,{"d":"]"}]},"e":null}`, `ab={"c":[1,{"d":"]"}]} e=null `},
		{`{"long":"a text of more than sixteen bytes, \"quoted\" too","z":-1.5e3}`, `long="a text of more than sixteen bytes, \"quoted\" too" z=-1.5e3 `},
		{`{"a":1,}`, `error`},
		{`{"a":1 "b":2}`, `error`},
		{`{"a"}`, `error`},
		{`{"a":}`, `error`},
		{`{"a":1} x`, `error`},
		{`{"a":"unended}`, `error`},
		{`[1]`, `error`},
		{``, `error`},
	} {
		var got string
		list, err := Members(nil, []byte(c.text))
		for _, m := range list {
			got += string(m.Key) + "=" + string(m.Value) + " "
		}
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestUnquote(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`""`, ``},
		{`"a"`, `a`},
		{`"ü"`, `ü`},
		{`"\u00fc\n\ud83d\ude00"`, "ü\n😀"},
		{`"\ufffd"`, "\ufffd"},
		{`"\ud83d"`, `error`},
		{"\"\xff\"", `error`},
		{`"\x"`, `error`},
		{`"`, `error`},
		{`a`, `error`},
	} {
		got, err := Unquote([]byte(c.text))
		if err != nil {
			got = []byte("error")
		}
		if string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestElements(t *testing.T) {
	var got []string
	visit := func(v []byte) error { got = append(got, string(v)); return nil }
	if err := Elements([]byte(` [1, "a,]", [2 ], {"b":[]} ] `), visit); err != nil || len(got) != 4 || got[2] != "[2 ]" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{`[1,]`, `[`, `[1 2]`, `1`, `[] []`} {
		if Elements([]byte(bad), visit) == nil {
			t.Errorf("%s has elements", bad)
		}
	}
}

// FuzzMembers holds cutting against encoding/json: what that accepts is cut into
// values that mean the same.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{"c":"\"}"}],"d":null}`, `{"a":{"b":{}}}`, `{`, `{"a":"\`, `[{}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := Members(nil, text)
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil || !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
			return
		}
		if err != nil {
			return // of invalid UTF-8, and escapes that name no character
		}
		got := map[string]string{}
		for _, m := range list {
			got[string(m.Key)] = string(m.Value)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %d members, want %d", text, len(got), len(want))
		}
		for key, value := range want {
			if got[key] != string(bytes.TrimSpace(value)) {
				t.Fatalf("%q: %q is %q, want %q", text, key, got[key], value)
			}
		}
	})
}
