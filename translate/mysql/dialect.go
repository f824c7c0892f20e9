// Package mysql is the SQL of MariaDB and MySQL as sources: what of Postgres's they
// answer exactly, as rules, and how it is written.
//
// It holds no connection and no type map; those are backends/mysql's. Each rule
// cites its row of the semantics table by area and expression, and the grid tests
// run it beside Postgres.
//
// Assumed of a session: sql_mode ANSI_QUOTES, PIPES_AS_CONCAT, NO_BACKSLASH_ESCAPES,
// STRICT_ALL_TABLES, ERROR_FOR_DIVISION_BY_ZERO, NO_ZERO_DATE, NO_ZERO_IN_DATE,
// ONLY_FULL_GROUP_BY, NO_UNSIGNED_SUBTRACTION, NO_ENGINE_SUBSTITUTION; the
// connection's character set utf8mb4 with the dialect's TextCollation; time_zone
// '+00:00'; prepared statements, whose binary protocol delivers floats exactly.
package mysql

import (
	"math"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Products.
const (
	MariaDB = "MariaDB"
	MySQL   = "MySQL"
)

// New is the dialect of a server: MariaDB or MySQL, and its version. A version that
// has no collation by code point without padding claims nothing about text.
func New(product string, version translate.Version) *translate.Dialect {
	maria := product == MariaDB
	d := &translate.Dialect{
		Name: "mysql", Product: product, Version: version,
		Quote: '"', Placeholders: translate.QuestionMarks, Schemas: true,
		NullsSmallest: true, NoLimit: "18446744073709551615",
		SetOps: maria && version.AtLeast(10, 3) || !maria && version.AtLeast(8, 1), SetOpAll: maria && version.AtLeast(10, 5),
		NestedSelect: true, RightJoin: true, OuterInDerived: !maria && version.AtLeast(8, 1), WithTies: maria && version.AtLeast(10, 6),
		ScalarQueryChecked: true, RowValues: true, NotDistinct: "{0} <=> {1}",
		SequentialSet: true, DefaultValues: true, EnforcesLength: true,
		ReturningInsert: maria && version.AtLeast(10, 5), ReturningDelete: maria,
		Raise:         "(SELECT 1 UNION SELECT 2)",
		TextCollation: "utf8mb4_nopad_bin", ByteOrdered: byteOrdered,
		Literal: literal, Param: param, Comparable: comparable,
		CommitsOnDDL: true, KeyType: keyType, CurrentTime: currentTime, Value: value,
		Rules: rules(),
	}
	if !maria {
		d.TextCollation = "utf8mb4_0900_bin"
	}
	d.ColumnType = columnType(d)
	return d
}

// byteOrdered names the collations that order by code point and do not pad.
func byteOrdered(collation string) bool {
	switch strings.ToLower(collation) {
	case "utf8mb4_nopad_bin", "utf8mb3_nopad_bin", "utf8_nopad_bin", "utf8mb4_0900_bin":
		return true
	}
	return false
}

// comparable refuses columns whose own order or equality is not that of the type
// they are shown as.
func comparable(t pgtypes.Type, c *translate.TableColumn) (bool, string) {
	if c == nil || c.Facts == nil {
		return true, ""
	}
	native := strings.ToLower(c.Facts.NativeType)
	switch t.OID {
	case pgtypes.OIDText, pgtypes.OIDVarchar:
		for _, kind := range []string{"enum", "set", "json", "uuid", "inet", "bit", "year"} {
			if strings.HasPrefix(native, kind) {
				return false, "nativeType"
			}
		}
	case pgtypes.OIDBool, pgtypes.OIDInt4, pgtypes.OIDInt2:
		if strings.HasPrefix(native, "bit") {
			return false, "nativeType"
		}
	}
	return true, ""
}

// param is the template of a parameter. A decimal would arrive as text and compare
// as a double; a date must be in MySQL's range, which only the server can tell.
func param(t pgtypes.Type) string {
	switch t.OID {
	case pgtypes.OIDBool, pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDFloat8, pgtypes.OIDText, pgtypes.OIDVarchar:
		return "{0}"
	case pgtypes.OIDDate:
		return "CASE WHEN {0} IS NULL OR CAST({0} AS DATE) IS NOT NULL THEN CAST({0} AS DATE) ELSE {raise} END"
	case pgtypes.OIDTimestamp:
		return "CASE WHEN {0} IS NULL OR CAST({0} AS DATETIME(6)) IS NOT NULL THEN CAST({0} AS DATETIME(6)) ELSE {raise} END"
	}
	return ""
}

// literal writes a constant; negative numbers in parentheses, since "--" starts a
// comment.
func literal(dst []byte, t pgtypes.Type, v pgtypes.Datum) ([]byte, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, "TRUE"...), true
		}
		return append(dst, "FALSE"...), true
	case int32:
		if t.OID == pgtypes.OIDDate {
			return dateLiteral(dst, t, v, "DATE'")
		}
		return number(dst, strconv.FormatInt(int64(v), 10)), true
	case int64:
		switch t.OID {
		case pgtypes.OIDInt8:
			return number(dst, strconv.FormatInt(v, 10)), true
		case pgtypes.OIDTimestamp:
			return dateLiteral(dst, t, v, "TIMESTAMP'")
		case pgtypes.OIDTimestamptz:
			return dateLiteral(dst, pgtypes.Of(pgtypes.OIDTimestamp), v, "TIMESTAMP'")
		}
	case float64:
		if t.OID == pgtypes.OIDFloat8 && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return number(dst, strconv.FormatFloat(v, 'e', -1, 64)), true
		}
	case pgtypes.Numeric:
		text := v.String()
		if _, _, ok := digits(text); ok {
			return number(dst, text), true
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

// dateLiteral writes dates and timestamps of the years 1 to 9999: those that the
// source has.
func dateLiteral(dst []byte, t pgtypes.Type, v pgtypes.Datum, prefix string) ([]byte, bool) {
	text := pgtypes.Text(t, v, pgtypes.DefaultStyle())
	if len(text) < 10 || text[4] != '-' || strings.HasSuffix(text, "BC") || strings.HasPrefix(text, "-") {
		return nil, false
	}
	return append(append(append(dst, prefix...), text...), '\''), true
}

// digits counts those before and after the point; ok is false beyond what a DECIMAL
// holds, and for NaN and infinities.
func digits(text string) (whole, fraction int, ok bool) {
	text = strings.TrimPrefix(text, "-")
	left, right, _ := strings.Cut(text, ".")
	for _, c := range left + right {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
	}
	return len(left), len(right), len(left)+len(right) <= 65 && len(right) <= 30
}
