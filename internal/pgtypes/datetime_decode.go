package pgtypes

import (
	"strings"
	"time"
)

// partMask says which parts of a date/time are known.
type partMask uint32

const (
	partYear partMask = 1 << iota
	partMonth
	partDay
	partDayOfYear
	partHour
	partMinute
	partSecond
	partFraction
	partZone
	partSummer
	partWeekday
	partAMPM
	partEra
	partReserved
	partSummerModifier
	partMillisecond
	partMicrosecond
	partWeek
	partDecade
	partCentury
	partMillennium

	partDate    = partYear | partMonth | partDay
	partSeconds = partSecond | partFraction | partMillisecond | partMicrosecond
	partTime    = partHour | partMinute | partSeconds
)

// datetimeDecoder makes sense of fields; it is one value's.
type datetimeDecoder struct {
	style    Style
	timeOnly bool

	fields []datetimeField
	known  partMask
	civil
	yearDay    int
	twoDigits  bool // the year has one or two digits
	textMonth  bool
	julian     bool
	bc         bool
	meridiem   int
	prefix     int // the unit that labels the next number
	east       int
	reserved   int            // epoch or an infinity
	zone       *time.Location // to be asked when the date is known
	abbrevZone *time.Location
	abbrev     string
	err        error // set with faultFormat when the error is not about the text as a whole
}

func (d *datetimeDecoder) now() time.Time {
	t := d.style.Now
	if t.IsZero() {
		t = time.Now()
	}
	if d.style.Zone != nil {
		return t.In(d.style.Zone)
	}
	return t.UTC()
}

func (d *datetimeDecoder) decode() datetimeFault {
	for i := range d.fields {
		add, fault := d.field(i)
		if fault != faultNone {
			return fault
		}
		if add&d.known != 0 {
			return faultFormat
		}
		d.known |= add
	}
	// A prefix that labels nothing, as the j of 2024-01-05j, is let pass.
	return d.finish()
}

func (d *datetimeDecoder) field(i int) (partMask, datetimeFault) {
	f := d.fields[i]
	switch f.kind {
	case kindDate:
		if d.timeOnly {
			return d.dateInTime(i)
		}
		return d.dateField(f.text)
	case kindTime:
		return d.timeField(f.text)
	case kindZone:
		east, fault := scanDisplacement(f.text)
		d.east = east
		return partZone, fault
	case kindNumber:
		if d.prefix != 0 {
			return d.labelledNumber(f.text)
		}
		if d.timeOnly {
			return d.numberInTime(i)
		}
		return d.numberField(f.text)
	}
	return d.wordField(i)
}

func (d *datetimeDecoder) timeField(text string) (partMask, datetimeFault) {
	if d.prefix != 0 {
		if d.prefix != unitTime {
			return 0, faultFormat
		}
		d.prefix = 0
	}
	c, fault := scanClock(text, 32, false)
	if fault != faultNone {
		return 0, fault
	}
	d.hour, d.minute, d.second, d.micros = int(c.hour), c.minute, c.second, c.micros
	if !d.timeOnly && d.timeOverflows() {
		return 0, faultField
	}
	return partTime, faultNone
}

func (d *datetimeDecoder) clockMicros() int64 {
	return int64(d.hour)*microsPerHour + int64(d.minute)*microsPerMinute +
		int64(d.second)*microsPerSecond + int64(d.micros)
}

func (d *datetimeDecoder) timeOverflows() bool {
	return d.hour < 0 || d.hour > 24 || d.minute < 0 || d.minute > 59 || d.second < 0 || d.second > 60 ||
		d.micros < 0 || d.micros > 1e6 || d.clockMicros() > microsPerDay
}

// dateField is a date, or when the date is known a zone's name or hhmmss-zz.
func (d *datetimeDecoder) dateField(text string) (partMask, datetimeFault) {
	if d.prefix == unitJulian {
		return d.julianWithZone(text)
	}
	if d.prefix == 0 && d.known&(partMonth|partDay) != partMonth|partDay {
		return d.scanDate(text)
	}
	if !isDigit(text[0]) && d.prefix == 0 {
		return d.zoneName(text)
	}
	if d.prefix != 0 {
		if d.prefix != unitTime {
			return 0, faultFormat
		}
		d.prefix = 0
	}
	return d.timeWithZone(text, d.known)
}

func (d *datetimeDecoder) timeWithZone(text string, known partMask) (partMask, datetimeFault) {
	if d.known&partTime == partTime {
		return 0, faultFormat
	}
	dash := strings.IndexByte(text, '-')
	if dash < 0 {
		return 0, faultFormat
	}
	east, fault := scanDisplacement(text[dash:])
	if fault != faultNone {
		return 0, fault
	}
	d.east = east
	add, fault := d.runTogether(text[:dash], known)
	return add | partZone, fault
}

func (d *datetimeDecoder) julianWithZone(text string) (partMask, datetimeFault) {
	day, rest, ok := leadingInt(text, 32)
	if !ok || day < 0 {
		return 0, faultField
	}
	d.setJulian(day)
	east, fault := scanDisplacement(rest)
	d.east = east
	d.prefix = 0
	return partDate | partTime | partZone, fault
}

// julianEpoch is the Julian day of 1970-01-01.
const julianEpoch = 2440588

func (d *datetimeDecoder) setJulian(day int64) {
	d.year, d.month, d.day = daysToCivil(day - julianEpoch)
	d.julian = true
}

// zoneName keeps the zone for when the date is known.
func (d *datetimeDecoder) zoneName(name string) (partMask, datetimeFault) {
	zone, ok := LoadZone(name)
	if !ok {
		d.err = errZone(name)
		return 0, faultFormat
	}
	d.zone = zone
	return partZone, faultNone
}

// numberField is a number that nothing labels.
func (d *datetimeDecoder) numberField(text string) (partMask, datetimeFault) {
	point := strings.IndexByte(text, '.')
	switch {
	case point >= 0 && d.known&partDate == 0:
		return d.scanDate(text)
	case point > 2:
		return d.runTogether(text, d.known)
	case len(text) >= 6 && point < 0 && (d.known&partDate == 0 || d.known&partTime == 0):
		return d.runTogether(text, d.known)
	case len(text) >= 6 && (d.known&partDate == 0 || d.known&partTime == 0):
		return d.runTogether(text, d.known)
	}
	return d.number(text, d.textMonth, d.known)
}

func atoi(s string) int {
	v, _, ok := leadingInt(s, 64)
	if !ok {
		return 1 << 31
	}
	return int(int32(v))
}

// runTogether is yyyymmdd, hhmmss[.fff] or hhmm.
func (d *datetimeDecoder) runTogether(text string, known partMask) (partMask, datetimeFault) {
	if point := strings.IndexByte(text, '.'); point >= 0 {
		micros, fault := fractionMicros(text[point:])
		if fault != faultNone {
			return 0, fault
		}
		d.micros = micros
		text = text[:point]
	} else if known&partDate != partDate && len(text) >= 6 {
		n := len(text)
		d.day, d.month, d.year = atoi(text[n-2:]), atoi(text[n-4:n-2]), atoi(text[:n-4])
		if n == 6 {
			d.twoDigits = true
		}
		return partDate, faultNone
	}
	if known&partTime == partTime {
		return 0, faultFormat
	}
	switch len(text) {
	case 6:
		d.hour, d.minute, d.second = atoi(text[:2]), atoi(text[2:4]), atoi(text[4:])
	case 4:
		d.hour, d.minute, d.second = atoi(text[:2]), atoi(text[2:]), 0
	default:
		return 0, faultFormat
	}
	return partTime, faultNone
}

// number is one part of a date, by what is known already and DateStyle's order.
func (d *datetimeDecoder) number(text string, textMonth bool, known partMask) (partMask, datetimeFault) {
	v, rest, ok := leadingInt(text, 32)
	if !ok {
		return 0, faultField
	}
	if rest == text {
		return 0, faultFormat
	}
	if rest != "" {
		if rest[0] != '.' {
			return 0, faultFormat
		}
		if len(text)-len(rest) > 2 {
			return d.runTogether(text, known|partDate)
		}
		micros, fault := fractionMicros(rest)
		if fault != faultNone {
			return 0, fault
		}
		d.micros = micros
	}
	if len(text) == 3 && known&partDate == partYear && v >= 1 && v <= 366 {
		d.yearDay = int(v)
		return partDayOfYear | partMonth | partDay, faultNone
	}
	if known&partDate == partDate {
		return d.runTogether(text, known)
	}
	return d.datePart(int(v), len(text), textMonth, known)
}

func (d *datetimeDecoder) datePart(v, length int, textMonth bool, known partMask) (partMask, datetimeFault) {
	looksYear := length >= 3 || d.style.DateOrder == DateYMD
	var part partMask
	switch known & partDate {
	case 0:
		switch {
		case looksYear:
			part = partYear
		case d.style.DateOrder == DateDMY:
			part = partDay
		default:
			part = partMonth
		}
	case partYear, partDay:
		part = partMonth
	case partMonth:
		part = partDay
		if textMonth && looksYear {
			part = partYear
		}
	case partYear | partMonth:
		// 15-Jan-2024 in YMD order: the first number was the day after all.
		if textMonth && length >= 3 && d.twoDigits {
			d.day, d.year, d.twoDigits = d.year, v, false
			return partDay, faultNone
		}
		part = partDay
	case partMonth | partDay:
		part = partYear
	default:
		return 0, faultFormat
	}
	switch part {
	case partYear:
		d.year, d.twoDigits = v, length <= 2
	case partMonth:
		d.month = v
	case partDay:
		d.day = v
	}
	return part, faultNone
}

// scanDate reads the parts of a date that are joined by marks.
func (d *datetimeDecoder) scanDate(text string) (partMask, datetimeFault) {
	parts, ok := splitDate(text)
	if !ok {
		return 0, faultFormat
	}
	known, added := d.known, partMask(0)
	textMonth := false
	for i, p := range parts {
		if !isAlpha(p[0]) {
			continue
		}
		w, _ := datetimeWord(p)
		if w.kind == wordIgnored {
			continue
		}
		if w.kind != wordMonth || known&partMonth != 0 {
			return 0, faultFormat
		}
		d.month, textMonth = w.value, true
		known |= partMonth
		added |= partMonth
		parts[i] = ""
	}
	for _, p := range parts {
		if p == "" {
			continue
		}
		add, fault := d.number(p, textMonth, known)
		if fault != faultNone {
			return 0, fault
		}
		if add&known != 0 {
			return 0, faultFormat
		}
		known |= add
		added |= add
	}
	if known&^(partDayOfYear|partZone) != partDate {
		return 0, faultFormat
	}
	return added, faultNone
}

// splitDate cuts at marks. One character behind each part is taken for a mark, even
// where a word touches digits; so does Postgres.
func splitDate(text string) (parts []string, ok bool) {
	for i := 0; i < len(text); {
		for i < len(text) && !isAlnum(text[i]) {
			i++
		}
		if i >= len(text) {
			return nil, false
		}
		start := i
		same := isDigit
		if isAlpha(text[i]) {
			same = isAlpha
		}
		for i < len(text) && same(text[i]) {
			i++
		}
		parts = append(parts, text[start:i])
		i++
	}
	return parts, true
}
