package pgtypes

import (
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

func errZone(name string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

// labelledNumber is the number behind a prefix: J2451187, t040506.
func (d *datetimeDecoder) labelledNumber(text string) (partMask, datetimeFault) {
	v, rest, ok := leadingInt(text, 32)
	if !ok {
		return 0, faultField
	}
	if rest != "" && rest[0] != '.' {
		return 0, faultFormat
	}
	prefix := d.prefix
	d.prefix = 0
	if rest != "" && prefix != unitJulian && prefix != unitTime && prefix != unitSecond {
		return 0, faultFormat
	}
	d.reserved = valueNone
	switch prefix {
	case unitYear:
		d.year = int(v)
		return partYear, faultNone
	case unitMonth:
		if d.known&partMonth != 0 && d.known&partHour != 0 {
			d.minute = int(v)
			return partMinute, faultNone
		}
		d.month = int(v)
		return partMonth, faultNone
	case unitDay:
		d.day = int(v)
		return partDay, faultNone
	case unitHour:
		d.hour = int(v)
		return partHour, faultNone
	case unitMinute:
		d.minute = int(v)
		return partMinute, faultNone
	case unitSecond:
		d.second = int(v)
		if rest == "" {
			return partSecond, faultNone
		}
		micros, fault := fractionMicros(rest)
		d.micros = micros
		return partSeconds, fault
	case unitJulian:
		return d.julianNumber(v, rest)
	case unitTime:
		add, fault := d.runTogether(text, d.known|partDate)
		if fault == faultNone && add != partTime {
			fault = faultFormat
		}
		return add, fault
	}
	return 0, faultFormat
}

func (d *datetimeDecoder) julianNumber(v int64, rest string) (partMask, datetimeFault) {
	if v < 0 {
		return 0, faultField
	}
	d.setJulian(v)
	if rest == "" {
		return partDate, faultNone
	}
	f, fault := fraction(rest)
	if fault != faultNone {
		return 0, fault
	}
	d.setClock(int64(f * microsPerDay))
	return partDate | partTime, faultNone
}

func (d *datetimeDecoder) setClock(micros int64) {
	d.hour, d.minute = int(micros/microsPerHour), int(micros/microsPerMinute%60)
	d.second, d.micros = int(micros/microsPerSecond%60), int(micros%microsPerSecond)
}

func (d *datetimeDecoder) setDate(t time.Time) {
	d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
}

func (d *datetimeDecoder) lookUp(text string) datetimeToken {
	if a, ok := zoneAbbreviations[text]; ok {
		switch {
		case a.zone != "":
			return datetimeToken{kind: wordZoneName}
		case a.summer:
			return datetimeToken{wordSummerZone, a.east}
		}
		return datetimeToken{wordZone, a.east}
	}
	w, _ := datetimeWord(text)
	return w
}

func (d *datetimeDecoder) wordField(i int) (partMask, datetimeFault) {
	text := d.fields[i].text
	w := d.lookUp(text)
	switch w.kind {
	case wordIgnored:
		return 0, faultNone
	case wordReserved:
		return d.reservedWord(w.value)
	case wordMonth:
		if d.timeOnly {
			return 0, faultFormat
		}
		return d.monthWord(w.value)
	case wordSummer:
		d.east += w.value
		return partSummerModifier | partSummer, faultNone
	case wordSummerZone:
		d.east = w.value
		return partZone | partSummer, faultNone
	case wordZone:
		d.east = w.value
		return partZone, faultNone
	case wordZoneName:
		d.abbrev = text
		d.abbrevZone, _ = LoadZone(zoneAbbreviations[text].zone)
		return partZone, faultNone
	case wordAMPM:
		d.meridiem = w.value
		return partAMPM, faultNone
	case wordEra:
		d.bc = w.value == 1
		return partEra, faultNone
	case wordWeekday:
		if d.timeOnly {
			return 0, faultFormat
		}
		return partWeekday, faultNone
	case wordUnit:
		d.prefix = w.value
		return 0, faultNone
	case wordISOTime:
		return d.isoTime(i)
	}
	zone, ok := LoadZone(text)
	if !ok {
		return 0, faultFormat
	}
	d.zone = zone
	return partZone, faultNone
}

// isoTime is the T before a time.
func (d *datetimeDecoder) isoTime(i int) (partMask, datetimeFault) {
	if !d.timeOnly && d.known&partDate != partDate {
		return 0, faultFormat
	}
	if i+1 >= len(d.fields) || d.fields[i+1].kind > kindTime {
		return 0, faultFormat
	}
	d.prefix = unitTime
	return 0, faultNone
}

// monthWord takes the place of a number that was taken for the month before.
func (d *datetimeDecoder) monthWord(month int) (partMask, datetimeFault) {
	part := partMonth
	if d.known&partMonth != 0 && !d.textMonth && d.known&partDay == 0 && d.month >= 1 && d.month <= 31 {
		d.day = d.month
		part = partDay
	}
	d.textMonth = true
	d.month = month
	return part, faultNone
}

func (d *datetimeDecoder) reservedWord(value int) (partMask, datetimeFault) {
	if d.timeOnly && value != valueNow && value != valueAllballs {
		return 0, faultFormat
	}
	now := d.now()
	d.reserved = valueNone
	switch value {
	case valueNow:
		d.hour, d.minute, d.second, d.micros = now.Hour(), now.Minute(), now.Second(), now.Nanosecond()/1000
		if d.timeOnly {
			return partTime, faultNone
		}
		d.setDate(now)
		_, d.east = now.Zone()
		return partDate | partTime | partZone, faultNone
	case valueToday:
		d.setDate(now)
		return partDate, faultNone
	case valueTomorrow:
		d.setDate(now.AddDate(0, 0, 1))
		return partDate, faultNone
	case valueYesterday:
		d.setDate(now.AddDate(0, 0, -1))
		return partDate, faultNone
	case valueAllballs:
		d.setClock(0)
		if !d.timeOnly {
			d.east = 0
		}
		return partTime | partZone, faultNone
	}
	// Other words and numbers may stand beside it and mean nothing.
	d.reserved = value
	return partReserved, faultNone
}

// dateInTime is a date field where a time is wanted: only before a time, or as a
// zone or hhmmss-zz.
func (d *datetimeDecoder) dateInTime(i int) (partMask, datetimeFault) {
	text, n := d.fields[i].text, len(d.fields)
	if i == 0 && n >= 2 && (d.fields[n-1].kind == kindDate || d.fields[1].kind == kindTime) {
		return d.scanDate(text)
	}
	if isDigit(text[0]) {
		return d.timeWithZone(text, d.known|partDate)
	}
	return d.zoneName(text)
}

func (d *datetimeDecoder) numberInTime(i int) (partMask, datetimeFault) {
	text, n := d.fields[i].text, len(d.fields)
	point := strings.IndexByte(text, '.')
	switch {
	case point >= 0 && i == 0 && n >= 2 && d.fields[n-1].kind == kindDate:
		return d.scanDate(text)
	case point > 2 || point < 0 && len(text) > 4:
		return d.runTogether(text, d.known|partDate)
	case point >= 0:
		return 0, faultFormat
	}
	return d.number(text, false, d.known|partDate)
}

// finish checks the date, applies AM and PM, and finds the displacement.
func (d *datetimeDecoder) finish() datetimeFault {
	if fault := d.checkDate(); fault != faultNone {
		return fault
	}
	switch {
	case d.meridiem != meridiem24 && d.hour > 12:
		return faultField
	case d.meridiem == meridiemAM && d.hour == 12:
		d.hour = 0
	case d.meridiem == meridiemPM && d.hour != 12:
		d.hour += 12
	}
	if d.timeOnly {
		return d.finishTime()
	}
	if d.reserved != valueNone {
		return faultNone
	}
	if d.known&partDate != partDate {
		if d.known&partTime == partTime {
			return faultIncomplete
		}
		return faultFormat
	}
	return d.resolveZone()
}

func (d *datetimeDecoder) localSeconds() int64 {
	return civilToDays(d.year, d.month, d.day)*86400 + d.clockMicros()/microsPerSecond
}

func (d *datetimeDecoder) resolveZone() datetimeFault {
	named := d.zone != nil || d.abbrevZone != nil || d.known&partZone == 0
	if named && d.known&partSummerModifier != 0 {
		return faultFormat
	}
	switch {
	case d.zone != nil:
		d.east = localOffset(d.localSeconds(), d.zone)
	case d.abbrevZone != nil:
		d.east = abbreviationOffset(d.localSeconds(), d.abbrev, d.abbrevZone)
	case d.known&partZone == 0:
		d.east = localOffset(d.localSeconds(), d.style.Zone)
	}
	return faultNone
}

// finishTime takes today where a zone needs a date and there is none.
func (d *datetimeDecoder) finishTime() datetimeFault {
	if d.timeOverflows() {
		return faultField
	}
	if d.known&partTime != partTime {
		return faultFormat
	}
	if d.zone != nil {
		if east, ok := fixedOffset(d.zone); ok && d.known&partSummerModifier == 0 {
			d.east = east
			return faultNone
		}
		if d.known&partDate != partDate {
			return faultFormat
		}
		return d.resolveZone()
	}
	if d.abbrevZone != nil || d.known&partZone == 0 {
		switch d.known & partDate {
		case 0:
			d.setDate(d.now())
		case partDate:
		default:
			return faultFormat
		}
	}
	return d.resolveZone()
}

// fixedOffset is a zone's only offset, if it never changed.
func fixedOffset(zone *time.Location) (int, bool) {
	t := time.Unix(0, 0).In(zone)
	start, end := t.ZoneBounds()
	_, east := t.Zone()
	return east, start.IsZero() && end.IsZero()
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysInMonth(year, month int) int {
	switch month {
	case 2:
		return 28 + b2i(isLeap(year))
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// checkDate settles the year and checks the date's parts.
func (d *datetimeDecoder) checkDate() datetimeFault {
	if d.known&partYear != 0 && !d.julian {
		switch {
		case d.bc:
			if d.year <= 0 {
				return faultField
			}
			d.year = 1 - d.year
		case d.twoDigits:
			if d.year < 0 {
				return faultField
			}
			if d.year < 70 {
				d.year += 2000
			} else if d.year < 100 {
				d.year += 1900
			}
		case d.year <= 0:
			return faultField
		}
	}
	if d.known&partDayOfYear != 0 {
		d.year, d.month, d.day = daysToCivil(civilToDays(d.year, 1, 1) + int64(d.yearDay) - 1)
	}
	if d.known&partMonth != 0 && (d.month < 1 || d.month > 12) {
		return faultMonthDay
	}
	if d.known&partDay != 0 && (d.day < 1 || d.day > 31) {
		return faultMonthDay
	}
	if d.known&partDate == partDate && d.day > daysInMonth(d.year, d.month) {
		return faultField
	}
	return faultNone
}
