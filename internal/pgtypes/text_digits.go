package pgtypes

import "math/bits"

// The functions here give text in registers, its first byte lowest, for encoders that
// write many values at once and know beforehand where each goes. The Append functions
// say what the text of a value is; these only say it without a buffer.

// EightDigits is v, below 10^8, in eight decimal digits. It splits v in halves, pairs
// and digits side by side in one word, which costs three multiplications where a
// digit at a time costs eight divisions.
func EightDigits(v uint32) uint64 {
	halves := uint64(v/10000) | uint64(v%10000)<<32
	hundreds := halves * 10486 >> 20 & 0x7f_0000007f
	return pairDigits(hundreds | (halves-100*hundreds)<<16)
}

// pairDigits is four numbers below 100, each in 16 bits, in two digits each.
func pairDigits(pairs uint64) uint64 {
	tens := pairs * 103 >> 10 & 0xf_000f_000f_000f
	return tens | (pairs-10*tens)<<8 | 0x3030303030303030
}

// DecimalLength is the number of decimal digits of v; 1 for 0.
func DecimalLength(v uint64) int {
	d := bits.Len64(v) * 1233 >> 12
	if v >= pow10u[d] {
		d++
	}
	return max(d, 1)
}

// MinISODay and MaxISODay bound the days since 1970-01-01 that ISODateText takes: years 1
// to 9999, which have four digits and no era.
const (
	MinISODay = -719162
	MaxISODay = 2932896
)

// ISODateText is the text of a date between MinISODay and MaxISODay: "YYYY-MM-" and "DD".
func ISODateText(days int32) (head uint64, tail uint16) {
	// Years begin in March, so that the leap day is the last; quarters of days make each
	// division one of a multiple of four by a whole cycle's length.
	quarters := 4*uint32(days+719468) + 3
	century := quarters / 146097
	ofCentury := quarters%146097 | 3
	product := uint64(ofCentury) * 2939745 // 2^32 / 1461, rounded up
	yearDay := uint32(product) / 2939745 / 4
	months := 2141*yearDay + 197913
	year, month, day := 100*century+uint32(product>>32), months>>16, months&0xffff/2141+1
	if yearDay >= 306 {
		year, month = year+1, month-12
	}
	text := pairDigits(uint64(year/100) | uint64(year%100)<<16 | uint64(month)<<32 | uint64(day)<<48)
	const dashes = '-'<<32 | '-'<<56
	return text&0xffffffff | text>>32&0xffff<<40 | dashes, uint16(text >> 48)
}

// ClockText is the text hh:mm:ss of seconds since midnight.
func ClockText(seconds uint32) uint64 {
	hour, minute := seconds/3600, seconds/60%60
	text := pairDigits(uint64(hour) | uint64(minute)<<16 | uint64(seconds%60)<<32)
	const colons = ':'<<16 | ':'<<40
	return text&0xffff | text>>16&0xffff<<24 | text>>32&0xffff<<48 | colons
}

// FractionText is microseconds, below a million and not zero, as six digits and the number
// of them before the trailing zeros.
func FractionText(micros uint32) (text uint64, length int) {
	text = EightDigits(micros) >> 16
	return text, 6 - bits.LeadingZeros64((text^0x303030303030)<<16)/8
}
