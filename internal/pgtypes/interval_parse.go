package pgtypes

import (
	"math"
	"math/bits"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// intervalSum gathers an interval's parts; each method is false on overflow.
type intervalSum struct {
	years, months, days int32
	micros              int64
}

func addInt32(to *int32, v int64) bool {
	sum := int64(*to) + v
	if v != int64(int32(v)) || sum != int64(int32(sum)) {
		return false
	}
	*to = int32(sum)
	return true
}

func (s *intervalSum) addMicros(v, scale int64, fraction float64) bool {
	hi, lo := bits.Mul64(magnitude(v), uint64(scale))
	if hi != 0 || lo > math.MaxInt64 && (v >= 0 || lo > 1<<63) {
		return false
	}
	product := int64(lo)
	if v < 0 {
		product = -product // -2^63 stays itself
	}
	return s.addMicrosInt(product) && s.addFractionMicros(fraction, float64(scale))
}

func (s *intervalSum) addMicrosInt(v int64) bool {
	sum := s.micros + v
	if (v > 0) != (sum > s.micros) && v != 0 {
		return false
	}
	s.micros = sum
	return true
}

func (s *intervalSum) addFractionMicros(fraction, scale float64) bool {
	if fraction == 0 {
		return true
	}
	fraction *= scale
	v := int64(fraction)
	fraction -= float64(v)
	if fraction > 0.5 {
		v++
	} else if fraction < -0.5 {
		v--
	}
	return s.addMicrosInt(v)
}

func (s *intervalSum) addDays(v, scale int64) bool {
	return v == int64(int32(v)) && addInt32(&s.days, v*scale)
}

func (s *intervalSum) addFractionDays(fraction, scale float64) bool {
	if fraction == 0 {
		return true
	}
	fraction *= scale
	days := int64(fraction)
	return addInt32(&s.days, days) && s.addFractionMicros(fraction-float64(days), microsPerDay)
}

func (s *intervalSum) addMonths(v int64, fraction float64) bool {
	return addInt32(&s.months, v) && s.addFractionDays(fraction, 30)
}

func (s *intervalSum) addYears(v, scale int64, fraction float64) bool {
	if v != int64(int32(v)) || !addInt32(&s.years, v*scale) {
		return false
	}
	return addInt32(&s.months, int64(math.RoundToEven(fraction*float64(scale)*12)))
}

// add adds v and a fraction of some unit; part is what the unit is known as.
func (s *intervalSum) add(unit int, v int64, fraction float64) (part partMask, fault datetimeFault) {
	ok := false
	switch unit {
	case unitMicrosecond:
		part, ok = partMicrosecond, s.addMicros(v, 1, fraction)
	case unitMillisecond:
		part, ok = partMillisecond, s.addMicros(v, 1000, fraction)
	case unitSecond:
		part, ok = partSecond, s.addMicros(v, microsPerSecond, fraction)
		if fraction != 0 {
			part = partSeconds
		}
	case unitMinute:
		part, ok = partMinute, s.addMicros(v, microsPerMinute, fraction)
	case unitHour:
		part, ok = partHour, s.addMicros(v, microsPerHour, fraction)
	case unitDay:
		part, ok = partDay, s.addDays(v, 1) && s.addFractionMicros(fraction, microsPerDay)
	case unitWeek:
		part, ok = partWeek, s.addDays(v, 7) && s.addFractionDays(fraction, 7)
	case unitMonth:
		part, ok = partMonth, s.addMonths(v, fraction)
	case unitYear:
		part, ok = partYear, s.addYears(v, 1, fraction)
	case unitDecade:
		part, ok = partDecade, s.addYears(v, 10, fraction)
	case unitCentury:
		part, ok = partCentury, s.addYears(v, 100, fraction)
	case unitMillennium:
		part, ok = partMillennium, s.addYears(v, 1000, fraction)
	default:
		return 0, faultFormat
	}
	if !ok {
		return 0, faultField
	}
	return part, faultNone
}

func (s *intervalSum) negate() bool {
	if s.micros == math.MinInt64 || s.days == math.MinInt32 || s.months == math.MinInt32 || s.years == math.MinInt32 {
		return false
	}
	s.micros, s.days, s.months, s.years = -s.micros, -s.days, -s.months, -s.years
	return true
}

func parseInterval(text string, typmod int32, style Style) (Interval, error) {
	fields := int32(fieldsAll)
	if typmod >= 0 {
		fields = typmod >> 16 & 0x7FFF
	}
	d := intervalDecoder{fields: fields, style: style}
	fault := faultFormat
	if parts, ok := splitDatetime(text); ok {
		fault = d.decode(parts)
	}
	if fault == faultFormat {
		d.sum = intervalSum{}
		fault = d.sum.parseISO8601(text)
	}
	if fault == faultField {
		fault = faultInterval
	}
	if fault != faultNone {
		return Interval{}, errDatetime(fault, "interval", text)
	}
	months := int64(d.sum.years)*12 + int64(d.sum.months)
	if months != int64(int32(months)) {
		return Interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
	}
	return Interval{Months: int32(months), Days: d.sum.days, Micros: d.sum.micros}, nil
}

type intervalDecoder struct {
	fields        int32 // those the modifier names
	style         Style
	sum           intervalSum
	unit          int // of the next number to the left
	unitKnown     bool
	forceNegative bool
}

// decode reads from the right, so that a unit is known before its number.
func (d *intervalDecoder) decode(fields []datetimeField) datetimeFault {
	d.forceNegative = d.leadingMinusForAll(fields)
	known, before := partMask(0), false
	for i := len(fields) - 1; i >= 0; i-- {
		f := fields[i]
		var add partMask
		fault := faultNone
		switch f.kind {
		case kindTime:
			add, fault = d.time(f.text, false)
		case kindZone:
			if strings.Contains(f.text, ":") {
				add, fault = d.time(f.text[1:], f.text[0] == '-')
			} else {
				add, fault = d.number(f.text)
			}
		case kindDate, kindNumber:
			add, fault = d.number(f.text)
		default:
			if f.text == "ago" {
				before = true
				d.unit, d.unitKnown = valueNone, true
				continue
			}
			unit, ok := intervalUnit(f.text)
			if !ok {
				return faultFormat
			}
			d.unit, d.unitKnown = unit, true
		}
		if fault != faultNone {
			return fault
		}
		if add&known != 0 {
			return faultFormat
		}
		known |= add
	}
	if known == 0 {
		return faultFormat
	}
	if before && !d.sum.negate() {
		return faultField
	}
	return faultNone
}

// leadingMinusForAll is the SQL standard's reading of -1 2:03: both negative.
func (d *intervalDecoder) leadingMinusForAll(fields []datetimeField) bool {
	if d.style.IntervalFormat != IntervalSQLStandard || len(fields) == 0 || fields[0].text[0] != '-' {
		return false
	}
	for _, f := range fields[1:] {
		if f.text[0] == '-' || f.text[0] == '+' {
			return false
		}
	}
	return true
}

func (d *intervalDecoder) time(text string, negative bool) (partMask, datetimeFault) {
	c, fault := scanClock(text, 64, d.fields == fieldMinute|fieldSecond)
	if fault != faultNone {
		return 0, fault
	}
	var t intervalSum
	if !t.addMicros(c.hour, microsPerHour, 0) || !t.addMicros(int64(c.minute), microsPerMinute, 0) ||
		!t.addMicros(int64(c.second), microsPerSecond, 0) || !t.addMicrosInt(int64(c.micros)) {
		return 0, faultField
	}
	if negative || d.forceNegative {
		t.micros = -t.micros
	}
	d.sum.micros = t.micros
	d.unit, d.unitKnown = unitDay, true
	return partTime, faultNone
}

// lastUnit is the unit of a number without one: the last that the modifier has.
func (d *intervalDecoder) lastUnit() int {
	switch d.fields {
	case fieldYear:
		return unitYear
	case fieldMonth, fieldYear | fieldMonth:
		return unitMonth
	case fieldDay:
		return unitDay
	case fieldHour, fieldDay | fieldHour:
		return unitHour
	case fieldMinute, fieldHour | fieldMinute, fieldDay | fieldHour | fieldMinute:
		return unitMinute
	}
	return unitSecond
}

func (d *intervalDecoder) number(text string) (partMask, datetimeFault) {
	if !d.unitKnown {
		d.unit, d.unitKnown = d.lastUnit(), true
	}
	v, rest, ok := leadingInt(text, 64)
	if !ok {
		return 0, faultField
	}
	fractional := 0.0
	switch {
	case rest == "":
	case rest[0] == '-':
		months, tail, ok := leadingInt(rest[1:], 32)
		if !ok || months < 0 || months >= 12 {
			return 0, faultField
		}
		if tail != "" {
			return 0, faultFormat
		}
		d.unit = unitMonth
		if text[0] == '-' {
			months = -months
		}
		if v > math.MaxInt64/12-12 || v < math.MinInt64/12+12 {
			return 0, faultField
		}
		v = v*12 + months
	case rest[0] == '.':
		var fault datetimeFault
		if fractional, fault = fraction(rest); fault != faultNone {
			return 0, fault
		}
		if text[0] == '-' {
			fractional = -fractional
		}
	default:
		return 0, faultFormat
	}
	if d.forceNegative {
		v, fractional = -abs64(v), -math.Abs(fractional)
	}
	part, fault := d.sum.add(d.unit, v, fractional)
	// In 1 2:03 what stands before the hours are days.
	if d.unit == unitHour {
		d.unit = unitDay
	}
	return part, fault
}
