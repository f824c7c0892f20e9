package pgtypes

import "time"

// Style is what a session's settings say about the text forms of values:
// TimeZone, DateStyle, IntervalStyle, extra_float_digits, bytea_output.
type Style struct {
	Zone             *time.Location // nil means UTC
	DateOrder        DateOrder
	DateFormat       DateFormat
	IntervalFormat   IntervalFormat
	ExtraFloatDigits int  // 1 and above: shortest exact form
	ByteaEscape      bool // bytea_output = escape

	// Names knows the catalog; nil: reg* values are written as numbers, but for the
	// built-in types.
	Names RegNames

	// Now is the transaction's time, which 'now', 'today' and their kin read in
	// Parse; the zero time means the clock's.
	Now time.Time
}

// RegNames is the output functions of the reg* types.
type RegNames interface {
	// RegName gives the name of a value of a reg* type; false if there is none.
	RegName(typ uint32, value int64) (string, bool)
}

// DateOrder is how 01/02/03 is read.
type DateOrder uint8

// Orders of DateStyle; MDY is Postgres's default.
const (
	DateMDY DateOrder = iota
	DateDMY
	DateYMD
)

// DateFormat is how dates and timestamps are written.
type DateFormat uint8

// Formats of DateStyle; ISO is Postgres's default.
const (
	DateISO DateFormat = iota
	DatePostgres
	DateSQL
	DateGerman
)

// IntervalFormat is how intervals are written.
type IntervalFormat uint8

// Values of IntervalStyle.
const (
	IntervalPostgres IntervalFormat = iota
	IntervalPostgresVerbose
	IntervalSQLStandard
	IntervalISO8601
)

// DefaultStyle is a fresh session's: UTC, ISO, MDY, postgres, 1, hex.
func DefaultStyle() Style { return Style{Zone: time.UTC, ExtraFloatDigits: 1} }
