package pgtypes_test

import (
	"math/rand"
	"testing"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// FuzzParse checks that no text makes an input function panic, and that what it
// prints reads back as the same value.
func FuzzParse(f *testing.F) {
	list := subjects(rand.New(rand.NewSource(seed)))
	for i, s := range list {
		for _, text := range s.texts[:min(len(s.texts), 15)] {
			f.Add(i, text)
		}
	}
	style := pgtypes.DefaultStyle()
	f.Fuzz(func(t *testing.T, i int, text string) {
		typ := list[uint(i)%uint(len(list))].typ
		v, err := pgtypes.Parse(typ, text, style)
		if err != nil {
			return
		}
		printed := pgtypes.Text(typ, v, style)
		back, err := pgtypes.Parse(typ, printed, style)
		if err != nil {
			t.Fatalf("%s %q prints %q: %v", pgtypes.FormatType(typ), text, printed, err)
		}
		if pgtypes.Compare(typ.OID, v, back) != 0 {
			t.Fatalf("%s %q prints %q, which is another value", pgtypes.FormatType(typ), text, printed)
		}
	})
}

// FuzzParseBinary checks that no bytes make a receive function panic, and that
// what it reads is sent as something that reads back as the same value.
func FuzzParseBinary(f *testing.F) {
	list := subjects(rand.New(rand.NewSource(seed)))
	style := pgtypes.DefaultStyle()
	for i, s := range list {
		for _, text := range s.texts[:min(len(s.texts), 15)] {
			if v, err := pgtypes.Parse(s.typ, text, style); err == nil {
				if b, err := pgtypes.AppendBinary(nil, s.typ, v); err == nil {
					f.Add(i, b)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		typ := pgtypes.Of(list[uint(i)%uint(len(list))].typ.OID)
		v, err := pgtypes.ParseBinary(typ, b)
		if err != nil {
			return
		}
		_ = pgtypes.Text(typ, v, style)
		sent, err := pgtypes.AppendBinary(nil, typ, v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := pgtypes.ParseBinary(typ, sent)
		if err != nil || pgtypes.Compare(typ.OID, v, back) != 0 {
			t.Fatalf("%s % x sends % x: %v", pgtypes.FormatType(typ), b, sent, err)
		}
	})
}
