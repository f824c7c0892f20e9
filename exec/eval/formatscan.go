package eval

import (
	"strconv"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// scannedDate is what to_date and to_timestamp read; -1 is not given.
type scannedDate struct {
	text                 string // the whole input, for errors
	year, month, day     int
	yearDay              int
	hour, minute, second int
	micros               int
	julian               int
	hasYear, bc          bool
	pm, twelve           bool
	meridiem             bool
	zoneEast             *int
}

func errDatetimeValue(keyword, detail string, value string) error {
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", value, keyword).WithDetail("%s", detail)
}

// scanDatetime reads text by a format. Blanks and punctuation of the format match
// any of the text's, as Postgres is lenient there.
func scanDatetime(text, format string) (*scannedDate, error) {
	d := &scannedDate{text: text, month: 1, day: 1, yearDay: -1, julian: -1}
	pieces := cutDateFormat(format)
	s := strings.TrimLeft(text, " ")
	for i, p := range pieces {
		if s == "" {
			break
		}
		if p.keyword == "" {
			s = skipLiteral(s, p)
			continue
		}
		if p.keyword == "FX" {
			continue
		}
		s = strings.TrimLeft(s, " ")
		var err error
		if s, err = d.read(s, p, i+1 < len(pieces) && pieces[i+1].keyword != "" && digitsKeyword(pieces[i+1].keyword)); err != nil {
			return nil, err
		}
		if p.ordinal != "" && len(s) >= 2 {
			s = s[2:]
		}
	}
	return d, nil
}

// skipLiteral passes over a literal of the format: a letter or quoted text takes as
// many characters, a separator takes one or none.
func skipLiteral(s string, p datePiece) string {
	for _, r := range p.text {
		if s == "" {
			return s
		}
		separator := !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		c := s[0]
		letter := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		switch {
		case p.quoted || !separator:
			s = s[runeOffset(s, 1):]
		case !letter && c != '-' && c != '+', !letter && byte(r) == c:
			s = s[runeOffset(s, 1):]
		}
	}
	return s
}

func digitsKeyword(k string) bool {
	return !strings.Contains(" DAY DY MONTH MON AM PM A.M. P.M. AD BC A.D. B.C. RM TZ OF ", " "+k+" ")
}

// widths are the most digits a numeric keyword takes when another follows at once.
var widths = map[string]int{
	"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "MM": 2, "DD": 2, "DDD": 3, "HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2,
	"MS": 3, "US": 6, "SSSS": 5, "SSSSS": 5, "J": 7, "Q": 1, "D": 1, "WW": 2, "W": 1, "CC": 2, "IW": 2, "ID": 1,
	"FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6, "TZH": 2, "TZM": 2,
}

func (d *scannedDate) read(s string, p datePiece, followed bool) (string, error) {
	switch p.keyword {
	case "MONTH", "MON":
		return d.readMonth(s, p)
	case "DAY", "DY":
		_, rest := longestName(s, dayNames)
		return rest, nil
	case "AM", "PM", "A.M.", "P.M.":
		return d.readMeridiem(s, p)
	case "AD", "BC", "A.D.", "B.C.":
		n := len(p.keyword)
		if len(s) < n {
			return s, errDatetimeValue(p.text, "The given value did not match any of the allowed values for this field.", s)
		}
		d.bc = s[0] == 'b' || s[0] == 'B'
		return s[n:], nil
	case "RM":
		for i := len(romans) - 1; i >= 0; i-- {
			if len(s) >= len(romans[i]) && strings.EqualFold(s[:len(romans[i])], romans[i]) {
				d.month = i + 1
				return s[len(romans[i]):], nil
			}
		}
		return s, errDatetimeValue(p.text, "The given value did not match any of the allowed values for this field.", s)
	case "TZ", "OF", "IYYY", "IYY", "IY", "I", "IW", "ID", "IDDD", "WW", "W", "D", "CC", "Q", "Y,YYY":
		return s, pgerr.Unsupported("reading \"%s\" in to_date and to_timestamp is not supported yet", p.keyword)
	}
	return d.readNumber(s, p, followed)
}

// longestName finds the name that s begins with, in full or by its first three
// letters: 1-based, 0 for none.
func longestName(s string, names []string) (int, string) {
	for _, size := range []int{9, 3} {
		for i, name := range names {
			n := name[:min(size, len(name))]
			if len(s) >= len(n) && strings.EqualFold(s[:len(n)], n) {
				return i + 1, s[len(n):]
			}
		}
	}
	return 0, s
}

func (d *scannedDate) readMonth(s string, p datePiece) (string, error) {
	n, rest := longestName(s, monthNames)
	if n == 0 {
		word := s
		if i := strings.IndexAny(s, " "); i >= 0 {
			word = s[:i]
		}
		return s, errDatetimeValue(p.text, "The given value did not match any of the allowed values for this field.", word)
	}
	d.month = n
	return rest, nil
}

func (d *scannedDate) readMeridiem(s string, p datePiece) (string, error) {
	n := len(p.keyword)
	if len(s) < n || !strings.EqualFold(s[1:n], p.keyword[1:]) || strings.IndexByte("aApP", s[0]) < 0 {
		return s, errDatetimeValue(p.text, "The given value did not match any of the allowed values for this field.", s)
	}
	d.meridiem, d.pm = true, s[0] == 'p' || s[0] == 'P'
	return s[n:], nil
}

func (d *scannedDate) readNumber(s string, p datePiece, followed bool) (string, error) {
	limit := len(s)
	if followed || strings.Contains(" MS US MM DD HH24 HH12 HH MI SS DDD FF1 FF2 FF3 FF4 FF5 FF6 TZH TZM ", " "+p.keyword+" ") {
		limit = widths[p.keyword]
	}
	end := 0
	if s[0] == '-' || s[0] == '+' {
		end++
		limit++
	}
	for end < len(s) && end < limit && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return s, errDatetimeValue(p.text, "Value must be an integer.", s[:min(len(s), max(end, widths[p.keyword]))])
	}
	return s[end:], d.store(n, s[:end], p)
}

func (d *scannedDate) store(n int, digits string, p datePiece) error {
	switch p.keyword {
	case "YYYY":
		d.year, d.hasYear = n, true
	case "YYY", "YY", "Y":
		d.year, d.hasYear = nearYear(n, len(digits)), true
	case "MM":
		d.month = n
	case "DD":
		d.day = n
	case "DDD":
		d.yearDay = n
	case "J":
		d.julian = n
	case "HH24":
		d.hour = n
	case "HH", "HH12":
		d.hour, d.twelve = n, true
	case "MI":
		d.minute = n
	case "SS":
		d.second = n
	case "SSSS", "SSSSS":
		d.hour, d.minute, d.second = n/3600, n/60%60, n%60
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		for i := len(digits); i < 6; i++ {
			n *= 10
		}
		d.micros += n
	case "TZH", "TZM":
		d.storeZone(n, digits, p.keyword)
	}
	return nil
}

func (d *scannedDate) storeZone(n int, digits, keyword string) {
	east := 0
	if d.zoneEast != nil {
		east = *d.zoneEast
	}
	if keyword == "TZH" {
		east = n * 3600
	} else if east < 0 || strings.HasPrefix(digits, "-") {
		east -= n * 60
	} else {
		east += n * 60
	}
	d.zoneEast = &east
}

// nearYear completes a year of fewer than four digits to the one nearest 2020.
func nearYear(n, digits int) int {
	switch {
	case digits >= 4:
		return n
	case n < 70:
		return n + 2000
	case n < 100:
		return n + 1900
	case n < 520:
		return n + 2000
	case n < 1000:
		return n + 1000
	}
	return n
}

func (d *scannedDate) errRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", d.text)
}

// day64 is the date in days from 1970.
func (d *scannedDate) day64() (int64, error) {
	if d.julian >= 0 {
		return int64(d.julian) - julianEpoch, nil
	}
	year := d.year
	switch {
	case !d.hasYear: // year 0 of the parser is 1 BC
		year = 0
	case d.bc && year > 0:
		year = 1 - year
	case year < 0:
		year++
	case year == 0:
		year = 0
	}
	if d.yearDay >= 0 {
		if d.yearDay < 1 || int64(d.yearDay) > dayOfCivil(year+1, 1, 1)-dayOfCivil(year, 1, 1) {
			return 0, d.errRange()
		}
		return dayOfCivil(year, 1, 1) + int64(d.yearDay) - 1, nil
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > daysInMonth(year, d.month) {
		return 0, d.errRange()
	}
	return dayOfCivil(year, d.month, d.day), nil
}

func (d *scannedDate) date() (int32, error) {
	days, err := d.day64()
	if err == nil && (days < minDay || days >= endDay) {
		err = pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", d.text)
	}
	return int32(days), err
}

func (d *scannedDate) timestamptz(zone *time.Location) (int64, error) {
	days, err := d.day64()
	if err != nil {
		return 0, err
	}
	hour := d.hour
	if d.twelve {
		if hour < 1 || hour > 12 {
			return 0, pgerr.New(pgerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if d.meridiem {
			hour %= 12
			if d.pm {
				hour += 12
			}
		}
	}
	if hour < 0 || hour > 24 || d.minute < 0 || d.minute > 59 || d.second < 0 || d.second > 59 {
		return 0, d.errRange()
	}
	c := civil{hour: hour, minute: d.minute, second: d.second, micros: d.micros}
	local, err := joinTimestamp(days, c.clock())
	if err != nil {
		return 0, err
	}
	if d.zoneEast != nil {
		return local - int64(*d.zoneEast)*microsPerSecond, nil
	}
	return toUTC(zone, local)
}

// scanNumber is to_number: digits, the point and the sign are taken where the
// format has a place for them; all else is passed over.
func scanNumber(text, format string) (numeric, error) {
	if format == "" {
		return numeric{}, errNull
	}
	n, err := cutNumberFormat(format)
	if err != nil {
		return numeric{}, err
	}
	var digits strings.Builder
	negative, point, before, after := false, false, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9' && !point && before < n.before:
			digits.WriteByte(c)
			before++
		case c >= '0' && c <= '9' && point && after < n.after:
			digits.WriteByte(c)
			after++
		case c == '.' && n.point && !point:
			digits.WriteByte('.')
			point = true
		case c == '-' || c == '<':
			negative = true
		}
	}
	if before+after == 0 {
		return numeric{}, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", "numeric", " ")
	}
	x, err := pgtypes.ParseNumeric(strings.TrimSuffix(digits.String(), "."))
	if negative {
		x = x.Neg()
	}
	return x, err
}
