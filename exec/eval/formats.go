package eval

import (
	"strconv"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// formatFunctions are to_char, to_date, to_timestamp and to_number.
var formatFunctions = map[string]builtin{
	"timestamp_to_char": f2e(func(t int64, format string) (string, error) {
		if infinite(t) {
			return "", errNull
		}
		return formatDatetime(dateFields(t, 0, ""), format)
	}),
	"timestamptz_to_char": f2c(func(c *call, t int64, format string) (string, error) {
		if infinite(t) {
			return "", errNull
		}
		local := toLocal(c.zone(), t)
		name, _ := time.UnixMicro(t).In(c.zone()).Zone()
		return formatDatetime(dateFields(local, int((local-t)/microsPerSecond), name), format)
	}),
	"interval_to_char": f2e(func(i interval, format string) (string, error) {
		f := fields{civil: civilTime(i.Micros), interval: true}
		f.year, f.month, f.day = int(i.Months/12), int(i.Months%12), int(i.Days)
		f.yearDay = f.day + (f.year*12+f.month)*30
		return formatDatetime(f, format)
	}),
	"to_date": f2c(func(c *call, text, format string) (int32, error) {
		d, err := scanDatetime(text, format)
		if err != nil {
			return 0, err
		}
		return d.date()
	}),
	"to_timestamp": f2c(func(c *call, text, format string) (int64, error) {
		d, err := scanDatetime(text, format)
		if err != nil {
			return 0, err
		}
		return d.timestamptz(c.zone())
	}),
	"int4_to_char": f2e(func(x int32, format string) (string, error) { return formatNumber(numericOf(int64(x)), format) }),
	"int8_to_char": f2e(func(x int64, format string) (string, error) { return formatNumber(numericOf(x), format) }),
	"float4_to_char": f2e(func(x float64, format string) (string, error) {
		return formatNumber(pgtypes.NumericFromFloat32(x), format)
	}),
	"float8_to_char": f2e(func(x float64, format string) (string, error) {
		return formatNumber(pgtypes.NumericFromFloat64(x), format)
	}),
	"numeric_to_char":   f2e(formatNumber),
	"numeric_to_number": f2e(scanNumber),
}

// fields is what a datetime format can show.
type fields struct {
	civil
	yearDay  int
	days     int64 // since 1970
	interval bool
	east     int // displacement in seconds
	zone     string
}

func dateFields(local int64, east int, zone string) fields {
	f := fields{civil: civilOf(local), days: floorDiv(local, microsPerDay), east: east, zone: zone}
	f.yearDay = int(f.days-dayOfCivil(f.year, 1, 1)) + 1
	return f
}

// datePatterns are the keywords of a datetime format, longer ones before those
// they begin with.
var datePatterns = []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
	"FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "OF",
	"P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
}

// datePiece is a keyword with its modifiers, or a literal text.
type datePiece struct {
	keyword string // upper case; "" for a literal
	text    string // as written
	fill    bool   // FM
	ordinal string // TH or th
	quoted  bool
}

// cutDateFormat takes a format apart.
func cutDateFormat(format string) []datePiece {
	var pieces []datePiece
	fill := false
	for format != "" {
		upper := strings.ToUpper(format[:min(len(format), 6)])
		if strings.HasPrefix(upper, "FM") {
			fill, format = true, format[2:]
			continue
		}
		if strings.HasPrefix(upper, "TM") {
			format = format[2:]
			continue
		}
		if k := keywordAt(upper); k != "" {
			p := datePiece{keyword: k, text: format[:len(k)], fill: fill}
			format = format[len(k):]
			if len(format) >= 2 && strings.EqualFold(format[:2], "th") {
				p.ordinal, format = format[:2], format[2:]
			}
			pieces = append(pieces, p)
			fill = false
			continue
		}
		n, literal, quoted := literalAt(format)
		pieces = append(pieces, datePiece{text: literal, quoted: quoted})
		format = format[n:]
	}
	return pieces
}

func keywordAt(upper string) string {
	for _, k := range datePatterns {
		if strings.HasPrefix(upper, k) {
			return k
		}
	}
	return ""
}

// literalAt reads a quoted text, or one character.
func literalAt(s string) (length int, text string, quoted bool) {
	if s[0] == '\\' && len(s) > 1 && s[1] == '"' {
		return 2, `"`, false
	}
	if s[0] != '"' {
		n := runeOffset(s, 1)
		return n, s[:n], false
	}
	var b strings.Builder
	i := 1
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return min(i+1, len(s)), b.String(), true
}

var (
	monthNames = strings.Fields("January February March April May June July August September October November December")
	dayNames   = strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
	romans     = strings.Fields("I II III IV V VI VII VIII IX X XI XII")
)

func formatDatetime(f fields, format string) (string, error) {
	if format == "" {
		return "", errNull
	}
	var b strings.Builder
	for _, p := range cutDateFormat(format) {
		if p.keyword == "" {
			b.WriteString(p.text)
			continue
		}
		if f.interval && strings.Contains(" A.D. AD B.C. BC DAY DY D IW IYYY IYY IY I ID IDDD MONTH MON J TZ TZH TZM OF ", " "+p.keyword+" ") && !strings.Contains(" J ", " "+p.keyword+" ") {
			return "", pgerr.New(pgerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
		s := f.piece(p)
		if p.ordinal != "" {
			s += ordinalSuffix(s, p.ordinal == "TH")
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// ordinalSuffix is th, st, nd or rd.
func ordinalSuffix(number string, upper bool) string {
	suffix := "th"
	if n := len(number); n > 0 && !(n > 1 && number[n-2] == '1') {
		switch number[n-1] {
		case '1':
			suffix = "st"
		case '2':
			suffix = "nd"
		case '3':
			suffix = "rd"
		}
	}
	if upper {
		return strings.ToUpper(suffix)
	}
	return suffix
}

// padded writes a number with leading zeros unless FM is set.
func padded(n, width int, p datePiece) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.Itoa(n)
	if !p.fill && len(s) < width {
		s = strings.Repeat("0", width-len(s)) + s
	}
	return sign + s
}

// cased writes a name in the case of its keyword: DAY, Day or day.
func cased(name string, p datePiece, width int) string {
	switch {
	case p.text == strings.ToUpper(p.text):
		name = strings.ToUpper(name)
	case p.text[0] >= 'a':
		name = strings.ToLower(name)
	}
	if !p.fill && len(name) < width {
		name += strings.Repeat(" ", width-len(name))
	}
	return name
}

// piece writes one keyword.
func (f *fields) piece(p datePiece) string {
	switch p.keyword {
	case "HH24":
		return padded(f.hour, 2, p)
	case "HH", "HH12":
		return padded((f.hour+11)%12+1, 2, p)
	case "MI":
		return padded(f.minute, 2, p)
	case "SS":
		return padded(f.second, 2, p)
	case "MS":
		return padded(f.micros/1000, 3, datePiece{})
	case "US":
		return padded(f.micros, 6, datePiece{})
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		return padded(f.micros, 6, datePiece{})[:p.keyword[2]-'0']
	case "SSSS", "SSSSS":
		return strconv.Itoa(f.hour*3600 + f.minute*60 + f.second)
	case "A.M.", "P.M.", "AM", "PM":
		return f.meridiem(p)
	case "A.D.", "B.C.", "AD", "BC":
		era := "AD"
		if f.year <= 0 {
			era = "BC"
		}
		return dotted(era, p)
	}
	return f.calendarPiece(p)
}

func (f *fields) meridiem(p datePiece) string {
	if f.hour%24 >= 12 {
		return dotted("PM", p)
	}
	return dotted("AM", p)
}

// dotted writes AM as the keyword has it: with dots or in lower case.
func dotted(s string, p datePiece) string {
	if strings.Contains(p.keyword, ".") {
		s = s[:1] + "." + s[1:] + "."
	}
	if p.text[0] >= 'a' {
		return strings.ToLower(s)
	}
	return s
}

func (f *fields) calendarPiece(p datePiece) string {
	isoYear, isoWeekNumber := isoWeek(f.days)
	weekDay := int(weekday(f.days) % 7)
	month := f.month
	if f.interval && month == 0 && p.keyword != "MM" && p.keyword != "RM" && p.keyword != "Q" {
		month = 1
	}
	switch p.keyword {
	case "DAY":
		return cased(dayNames[weekDay], p, 9)
	case "DY":
		return cased(dayNames[weekDay][:3], p, 0)
	case "MONTH":
		return cased(monthNames[month-1], p, 9)
	case "MON":
		return cased(monthNames[month-1][:3], p, 0)
	case "MM":
		return padded(f.month, 2, p)
	case "DDD":
		return padded(f.yearDay, 3, p)
	case "IDDD":
		return padded(int(f.days-(f.days-weekday(f.days)+1))+(isoWeekNumber-1)*7+1, 3, p)
	case "DD":
		if f.day < 0 { // here, unlike elsewhere, the sign is part of the width
			return padded(f.day, 1, p)
		}
		return padded(f.day, 2, p)
	case "D":
		return strconv.Itoa(weekDay + 1)
	case "ID":
		return strconv.Itoa((weekDay+6)%7 + 1)
	case "WW":
		return padded((f.yearDay-1)/7+1, 2, p)
	case "IW":
		return padded(isoWeekNumber, 2, p)
	case "W":
		return strconv.Itoa((f.day-1)/7 + 1)
	case "Q":
		if f.month == 0 {
			return ""
		}
		return strconv.Itoa((f.month-1)/3 + 1)
	case "CC":
		return f.century(p)
	case "J":
		return strconv.FormatInt(f.days+julianEpoch, 10)
	case "RM":
		if f.month == 0 {
			return ""
		}
		return cased(romans[f.month-1], p, 4)
	case "TZ", "OF", "TZH", "TZM":
		return f.zonePiece(p)
	case "IYYY", "IYY", "IY", "I":
		return yearPiece(f.shown(isoYear), p, len(p.keyword))
	case "Y,YYY":
		y := f.shown(f.year)
		return strconv.Itoa(y/1000) + "," + padded(y%1000, 3, datePiece{})
	case "YYYY", "YYY", "YY", "Y":
		return yearPiece(f.shown(f.year), p, len(p.keyword))
	}
	return ""
}

// shown is a year as people count: 1 BC, not 0.
func (f *fields) shown(year int) int {
	if !f.interval && year <= 0 {
		return 1 - year
	}
	return year
}

func yearPiece(year int, p datePiece, digits int) string {
	if digits < 4 {
		for m := 10; digits > 0; digits-- {
			if digits == 1 {
				year %= m
				break
			}
			m *= 10
		}
		digits = len(p.keyword)
	}
	return padded(year, digits, p)
}

func (f *fields) century(p datePiece) string {
	c := f.year / 100
	if !f.interval {
		c = int(yearGroup(int64(f.year), 100))
	}
	if c > -100 && c < 100 {
		return padded(c, 2, p)
	}
	return strconv.Itoa(c)
}

func (f *fields) zonePiece(p datePiece) string {
	sign, east := "+", f.east
	if east < 0 {
		sign, east = "-", -east
	}
	switch p.keyword {
	case "TZ":
		if p.text[0] >= 'a' {
			return strings.ToLower(f.zone)
		}
		return f.zone
	case "TZH":
		return sign + padded(east/3600, 2, datePiece{})
	case "TZM":
		return padded(east%3600/60, 2, datePiece{})
	}
	s := sign + padded(east/3600, 2, p)
	if minutes := east % 3600 / 60; minutes != 0 {
		s += ":" + padded(minutes, 2, datePiece{})
	}
	return s
}
