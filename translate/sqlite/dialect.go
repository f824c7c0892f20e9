// Package sqlite is the SQL of SQLite as a source: what of Postgres's it answers
// exactly, as rules, and how it is written.
//
// It holds no connection and no type map; those are backends/sqlite's. Each rule
// cites its row of the semantics table by area and expression, and the grid tests
// run it beside Postgres.
//
// SQLite's columns hold any class of value, so a rule is used on a column only when
// the backend has verified it (translate.ColumnFacts.Verified): integers are
// integers, booleans 0 and 1, dates 'YYYY-MM-DD', timestamps 'YYYY-MM-DD HH:MM:SS'
// all without or all with six digits of a second, texts without NUL. Results of
// rules have the same forms.
package sqlite

import (
	"math"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// New is the dialect of a version of the library, {3, 46} for 3.46.
func New(version translate.Version) *translate.Dialect {
	return &translate.Dialect{
		Name: "sqlite", Product: "SQLite", Version: version,
		Quote: '"', Placeholders: translate.QuestionMarks,
		NullsSmallest: true, NullsClause: true, NoLimit: "-1", SetOps: true,
		FullJoin: version.AtLeast(3, 39), OuterInDerived: true, RightJoin: version.AtLeast(3, 39), FilterClause: true, RowValues: true,
		TargetAlias: true, UpdateFrom: version.AtLeast(3, 33), OnConflict: true,
		ReturningInsert: version.AtLeast(3, 35), ReturningUpdate: version.AtLeast(3, 35), ReturningDelete: version.AtLeast(3, 35),
		NotDistinct: "{0} IS {1}", Raise: "abs(-9223372036854775808)",
		TextCollation: "BINARY", ByteOrdered: byteOrdered,
		Literal: literal, Param: param, Comparable: comparable,
		ColumnType: columnType, KeyType: keyType, CurrentTime: currentTime, Value: value,
		Rules: rules(),
	}
}

func byteOrdered(collation string) bool {
	return collation == "" || strings.EqualFold(collation, "BINARY")
}

// comparable refuses columns whose values may not have the class of their type.
func comparable(_ pgtypes.Type, c *translate.TableColumn) (bool, string) {
	if c != nil && (c.Facts == nil || !c.Facts.Verified) {
		return false, "unverifiedColumn"
	}
	return true, ""
}

// param is the template of a parameter. Dates arrive as text and compare as such, so
// one outside of the years 1 to 9999 must be caught.
func param(t pgtypes.Type) string {
	switch t.OID {
	case pgtypes.OIDBool, pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDFloat8, pgtypes.OIDText, pgtypes.OIDVarchar:
		return "{0}"
	case pgtypes.OIDDate:
		return "CASE WHEN {0} IS NULL OR {0} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN {0} ELSE {raise} END"
	}
	return ""
}

// literal writes a constant in the form that a column of its type holds.
func literal(dst []byte, t pgtypes.Type, v pgtypes.Datum) ([]byte, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, '1'), true
		}
		return append(dst, '0'), true
	case int32:
		if t.OID == pgtypes.OIDDate {
			return dateLiteral(dst, t, v)
		}
		return number(dst, strconv.FormatInt(int64(v), 10)), true
	case int64:
		switch t.OID {
		case pgtypes.OIDInt8:
			if v == math.MinInt64 {
				return nil, false // its digits alone are a real
			}
			return number(dst, strconv.FormatInt(v, 10)), true
		case pgtypes.OIDTimestamp:
			return timestampLiteral(dst, t, v)
		}
	case float64:
		if t.OID == pgtypes.OIDFloat8 && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return number(dst, strconv.FormatFloat(v, 'e', -1, 64)), true
		}
	case string:
		if t.OID == pgtypes.OIDText || t.OID == pgtypes.OIDVarchar {
			return quoted(dst, v), true
		}
	}
	return nil, false
}

func number(dst []byte, text string) []byte {
	if text[0] == '-' {
		return append(append(append(dst, '('), text...), ')')
	}
	return append(dst, text...)
}

func quoted(dst []byte, s string) []byte {
	dst = append(dst, '\'')
	for i := range len(s) {
		if s[i] == '\'' {
			dst = append(dst, '\'')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '\'')
}

// plainYear says that a date's text has a year of four digits: only those order as
// text.
func plainYear(text string) bool {
	return len(text) >= 10 && text[4] == '-' && text[0] != '-' && !strings.HasSuffix(text, "BC")
}

func dateLiteral(dst []byte, t pgtypes.Type, v pgtypes.Datum) ([]byte, bool) {
	text := pgtypes.Text(t, v, pgtypes.DefaultStyle())
	return quoted(dst, text), plainYear(text)
}

// timestampLiteral always has six digits of a second.
func timestampLiteral(dst []byte, t pgtypes.Type, v pgtypes.Datum) ([]byte, bool) {
	text := pgtypes.Text(t, v, pgtypes.DefaultStyle())
	if !plainYear(text) {
		return nil, false
	}
	if len(text) == 19 {
		text += "."
	}
	return quoted(dst, text+strings.Repeat("0", 26-len(text))), true
}
