package payload

import (
	"github.com/sqlgateway/gateway/internal/declared"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Field is a column that messages give.
type Field struct {
	Name    string
	Type    pgtypes.Type
	NotNull bool
	// Hidden fields are not part of *: those of an envelope.
	Hidden bool
	// Native is the type in the format's own words, "" for JSON.
	Native string

	path []string
	part part
	unit string
}

// part is what of a message a field comes from.
type part uint8

const (
	partRow    part = iota // the message, or the row of an envelope
	partOp                 // an envelope's operation
	partTime               // when the change was made
	partBefore             // the rows themselves
	partAfter
)

// declaredFields are those of the options.
func declaredFields(columns []Column, strict bool) ([]Field, error) {
	fields := make([]Field, len(columns))
	for i, c := range columns {
		t, err := declared.TypeOrArray(c.Type)
		if err != nil {
			return nil, err
		}
		path, err := parsePath(c.Path)
		if err != nil {
			return nil, err
		}
		if path == nil {
			path = []string{c.Name}
		}
		fields[i] = Field{Name: c.Name, Type: t, NotNull: c.NotNull && strict, path: path, unit: c.Epoch}
	}
	return fields, nil
}

// wholeField is the one column of payloads that nothing is known of.
func wholeField(oid uint32) []Field {
	return []Field{{Name: "payload", Type: pgtypes.Of(oid), path: []string{}}}
}

// envelopeFields are the hidden columns of change events.
func envelopeFields() []Field {
	return []Field{
		{Name: "_op", Type: pgtypes.Of(pgtypes.OIDText), Hidden: true, part: partOp},
		{Name: "_source_ts", Type: pgtypes.Of(pgtypes.OIDTimestamptz), Hidden: true, part: partTime, unit: "ms"},
		{Name: "_before", Type: pgtypes.Of(pgtypes.OIDJSONB), Hidden: true, part: partBefore},
		{Name: "_after", Type: pgtypes.Of(pgtypes.OIDJSONB), Hidden: true, part: partAfter},
	}
}
