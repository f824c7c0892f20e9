package pgtypes

// wordKind is the part a word plays in a date/time.
type wordKind uint8

const (
	wordUnknown wordKind = iota
	wordReserved
	wordMonth
	wordWeekday
	wordAMPM
	wordEra
	wordUnit    // labels the number that follows (dates) or precedes (intervals)
	wordISOTime // the T of ISO 8601
	wordSummer  // DST
	wordIgnored
	wordAgo
	wordZone
	wordSummerZone
	wordZoneName // an abbreviation whose meaning depends on the date
)

// Values of reserved words, units and prefixes.
const (
	valueNone = iota
	valueNow
	valueToday
	valueTomorrow
	valueYesterday
	valueAllballs
	valueEpoch
	valueInfinity
	valueNegativeInfinity

	unitMicrosecond
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitJulian
	unitTime
	unitOther
)

const (
	meridiem24 = iota
	meridiemAM
	meridiemPM
)

type datetimeToken struct {
	kind  wordKind
	value int
}

var datetimeWords = map[string]datetimeToken{
	"-infinity": {wordReserved, valueNegativeInfinity}, "infinity": {wordReserved, valueInfinity},
	"allballs": {wordReserved, valueAllballs}, "epoch": {wordReserved, valueEpoch}, "now": {wordReserved, valueNow},
	"today": {wordReserved, valueToday}, "tomorrow": {wordReserved, valueTomorrow},
	"yesterday": {wordReserved, valueYesterday},
	"ad":        {wordEra, 0}, "bc": {wordEra, 1}, "am": {wordAMPM, meridiemAM}, "pm": {wordAMPM, meridiemPM},
	"at": {wordIgnored, 0}, "on": {wordIgnored, 0}, "dst": {wordSummer, 3600}, "t": {wordISOTime, unitTime},
	"jan": {wordMonth, 1}, "january": {wordMonth, 1}, "feb": {wordMonth, 2}, "february": {wordMonth, 2},
	"mar": {wordMonth, 3}, "march": {wordMonth, 3}, "apr": {wordMonth, 4}, "april": {wordMonth, 4},
	"may": {wordMonth, 5}, "jun": {wordMonth, 6}, "june": {wordMonth, 6}, "jul": {wordMonth, 7},
	"july": {wordMonth, 7}, "aug": {wordMonth, 8}, "august": {wordMonth, 8}, "sep": {wordMonth, 9},
	"sept": {wordMonth, 9}, "september": {wordMonth, 9}, "oct": {wordMonth, 10}, "october": {wordMonth, 10},
	"nov": {wordMonth, 11}, "november": {wordMonth, 11}, "dec": {wordMonth, 12}, "december": {wordMonth, 12},
	"sun": {wordWeekday, 0}, "sunday": {wordWeekday, 0}, "mon": {wordWeekday, 1}, "monday": {wordWeekday, 1},
	"tue": {wordWeekday, 2}, "tues": {wordWeekday, 2}, "tuesday": {wordWeekday, 2}, "wed": {wordWeekday, 3},
	"weds": {wordWeekday, 3}, "wednesday": {wordWeekday, 3}, "thu": {wordWeekday, 4}, "thur": {wordWeekday, 4},
	"thurs": {wordWeekday, 4}, "thursday": {wordWeekday, 4}, "fri": {wordWeekday, 5}, "friday": {wordWeekday, 5},
	"sat": {wordWeekday, 6}, "saturday": {wordWeekday, 6},
	"d": {wordUnit, unitDay}, "h": {wordUnit, unitHour}, "m": {wordUnit, unitMonth}, "mm": {wordUnit, unitMinute},
	"s": {wordUnit, unitSecond}, "y": {wordUnit, unitYear}, "j": {wordUnit, unitJulian},
	"jd": {wordUnit, unitJulian}, "julian": {wordUnit, unitJulian}, "dow": {wordUnit, unitOther},
	"doy": {wordUnit, unitOther}, "isodow": {wordUnit, unitOther}, "isoyear": {wordUnit, unitOther},
}

func datetimeWord(s string) (datetimeToken, bool) {
	t, ok := datetimeWords[s]
	return t, ok
}

var intervalUnits = map[string]int{
	"c": unitCentury, "cent": unitCentury, "centuries": unitCentury, "century": unitCentury,
	"d": unitDay, "day": unitDay, "days": unitDay,
	"dec": unitDecade, "decade": unitDecade, "decades": unitDecade, "decs": unitDecade,
	"h": unitHour, "hour": unitHour, "hours": unitHour, "hr": unitHour, "hrs": unitHour,
	"m": unitMinute, "min": unitMinute, "mins": unitMinute, "minute": unitMinute, "minutes": unitMinute,
	"mil": unitMillennium, "millennia": unitMillennium, "millennium": unitMillennium, "mils": unitMillennium,
	"millisecon": unitMillisecond, "ms": unitMillisecond, "msec": unitMillisecond, "msecs": unitMillisecond,
	"mseconds": unitMillisecond,
	"mon":      unitMonth, "mons": unitMonth, "month": unitMonth, "months": unitMonth,
	"microsecon": unitMicrosecond, "us": unitMicrosecond, "usec": unitMicrosecond, "usecond": unitMicrosecond,
	"useconds": unitMicrosecond, "usecs": unitMicrosecond,
	"qtr": unitQuarter, "quarter": unitQuarter,
	"s": unitSecond, "sec": unitSecond, "second": unitSecond, "seconds": unitSecond, "secs": unitSecond,
	"timezone": unitOther, "timezone_h": unitOther, "timezone_m": unitOther,
	"w": unitWeek, "week": unitWeek, "weeks": unitWeek,
	"y": unitYear, "year": unitYear, "years": unitYear, "yr": unitYear, "yrs": unitYear,
}

// intervalUnit looks at ten letters at most, as Postgres does: microseconds.
func intervalUnit(s string) (int, bool) {
	if len(s) > 10 {
		s = s[:10]
	}
	u, ok := intervalUnits[s]
	return u, ok
}
