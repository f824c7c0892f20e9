package pgtypes

import "github.com/sqlgateway/gateway/internal/pgerr"

func errDatetime(fault datetimeFault, typeName, text string) error {
	switch fault {
	case faultField:
		return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", text)
	case faultMonthDay:
		return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", text).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case faultInterval:
		return pgerr.New(intervalFieldOverflow, "interval field value out of range: \"%s\"", text)
	case faultDisplacement:
		return pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range: \"%s\"", text)
	}
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, text)
}

// intervalFieldOverflow is SQLSTATE 22015.
const intervalFieldOverflow = "22015"

func decodeDatetime(text, typeName string, style Style, timeOnly bool) (*datetimeDecoder, error) {
	fields, ok := splitDatetime(text)
	if !ok {
		return nil, errDatetime(faultFormat, typeName, text)
	}
	d := &datetimeDecoder{style: style, timeOnly: timeOnly, fields: fields}
	if fault := d.decode(); fault != faultNone {
		if d.err != nil {
			return nil, d.err
		}
		return nil, errDatetime(fault, typeName, text)
	}
	return d, nil
}

// inCalendar keeps day arithmetic within what Julian days can count.
func (d *datetimeDecoder) inCalendar() bool {
	return (d.year > -4713 || d.year == -4713 && d.month >= 11) && d.year < 5874898
}

func parseDate(text string, style Style) (int32, error) {
	if days, ok := isoDate(text); ok {
		return days, nil
	}
	d, err := decodeDatetime(text, "date", style, false)
	if err != nil {
		return 0, err
	}
	switch d.reserved {
	case valueInfinity:
		return DateInfinity, nil
	case valueNegativeInfinity:
		return DateNegativeInfinity, nil
	case valueEpoch:
		return 0, nil
	}
	days := int64(0)
	if d.inCalendar() {
		days = civilToDays(d.year, d.month, d.day)
	}
	if !d.inCalendar() || days < minDateDays || days >= endDateDays {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", text)
	}
	return int32(days), nil
}

// isoDate is the fast path for yyyy-mm-dd.
func isoDate(s string) (int32, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && i != 4 && i != 7 {
			return 0, false
		}
	}
	year := int(s[0]-'0')*1000 + int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	month, day := int(s[5]-'0')*10+int(s[6]-'0'), int(s[8]-'0')*10+int(s[9]-'0')
	if year == 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) {
		return 0, false
	}
	return int32(civilToDays(year, month, day)), true
}

func parseTime(text string, style Style) (int64, error) {
	d, err := decodeDatetime(text, "time", style, true)
	if err != nil {
		return 0, err
	}
	return d.clockMicros(), nil
}

func parseTimeTZ(text string, style Style) (TimeTZ, error) {
	d, err := decodeDatetime(text, "time with time zone", style, true)
	if err != nil {
		return TimeTZ{}, err
	}
	return TimeTZ{Micros: d.clockMicros(), ZoneWest: int32(-d.east)}, nil
}

func parseTimestamp(text string, style Style) (int64, error) {
	return scanTimestamp(text, "timestamp", style, false)
}

func parseTimestamptz(text string, style Style) (int64, error) {
	return scanTimestamp(text, "timestamp with time zone", style, true)
}

func scanTimestamp(text, typeName string, style Style, zoned bool) (int64, error) {
	d, err := decodeDatetime(text, typeName, style, false)
	if err != nil {
		return 0, err
	}
	switch d.reserved {
	case valueInfinity:
		return TimestampInfinity, nil
	case valueNegativeInfinity:
		return TimestampNegativeInfinity, nil
	case valueEpoch:
		return 0, nil
	}
	outOfRange := pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", text)
	// A margin of a year keeps the product below within 64 bits.
	if !d.inCalendar() || d.year > 294247 {
		return 0, outOfRange
	}
	days, clock := civilToDays(d.year, d.month, d.day), d.clockMicros()
	if zoned {
		clock -= int64(d.east) * microsPerSecond
	}
	if days > (endTimestamp-2*microsPerDay)/microsPerDay {
		return 0, outOfRange
	}
	micros := days*microsPerDay + clock
	if micros < minTimestamp {
		return 0, outOfRange
	}
	return micros, nil
}
