package eval

import (
	"math"
	"strconv"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// integerFunctions are the operators and functions of int2, int4 and int8.
var integerFunctions = map[string]builtin{
	"int2pl": intOp('+', width2), "int2mi": intOp('-', width2), "int2mul": intOp('*', width2), "int2div": intOp('/', width2), "int2mod": intOp('%', width2),
	"int4pl": intOp('+', width4), "int4mi": intOp('-', width4), "int4mul": intOp('*', width4), "int4div": intOp('/', width4), "int4mod": intOp('%', width4),
	"int8pl": intOp('+', width8), "int8mi": intOp('-', width8), "int8mul": intOp('*', width8), "int8div": intOp('/', width8), "int8mod": intOp('%', width8),
	"int24pl": intOp('+', width4), "int24mi": intOp('-', width4), "int24mul": intOp('*', width4), "int24div": intOp('/', width4),
	"int42pl": intOp('+', width4), "int42mi": intOp('-', width4), "int42mul": intOp('*', width4), "int42div": intOp('/', width4),
	"int28pl": intOp('+', width8), "int28mi": intOp('-', width8), "int28mul": intOp('*', width8), "int28div": intOp('/', width8),
	"int82pl": intOp('+', width8), "int82mi": intOp('-', width8), "int82mul": intOp('*', width8), "int82div": intOp('/', width8),
	"int48pl": intOp('+', width8), "int48mi": intOp('-', width8), "int48mul": intOp('*', width8), "int48div": intOp('/', width8),
	"int84pl": intOp('+', width8), "int84mi": intOp('-', width8), "int84mul": intOp('*', width8), "int84div": intOp('/', width8),

	"int2um": intNegate(width2), "int4um": intNegate(width4), "int8um": intNegate(width8),
	"int2up": f1(same[int32]), "int4up": f1(same[int32]), "int8up": f1(same[int64]),
	"int2abs": intAbs(width2), "int4abs": intAbs(width4), "int8abs": intAbs(width8),

	"int2and": f2(and[int32]), "int4and": f2(and[int32]), "int8and": f2(and[int64]),
	"int2or": f2(or[int32]), "int4or": f2(or[int32]), "int8or": f2(or[int64]),
	"int2xor": f2(xor[int32]), "int4xor": f2(xor[int32]), "int8xor": f2(xor[int64]),
	"int2not": f1(not[int32]), "int4not": f1(not[int32]), "int8not": f1(not[int64]),
	"int2shl": f2(func(x, n int32) int32 { return int32(int16(x << (uint32(n) & 31))) }),
	"int2shr": f2(func(x, n int32) int32 { return x >> (uint32(n) & 31) }),
	"int4shl": f2(func(x, n int32) int32 { return x << (uint32(n) & 31) }),
	"int4shr": f2(func(x, n int32) int32 { return x >> (uint32(n) & 31) }),
	"int8shl": f2(func(x int64, n int32) int64 { return x << (uint32(n) & 63) }),
	"int8shr": f2(func(x int64, n int32) int64 { return x >> (uint32(n) & 63) }),

	"int4gcd":    f2e(func(a, b int32) (int32, error) { g, err := gcd64(int64(a), int64(b), width4); return int32(g), err }),
	"int8gcd":    f2e(func(a, b int64) (int64, error) { return gcd64(a, b, width8) }),
	"int4lcm":    f2e(func(a, b int32) (int32, error) { g, err := lcm64(int64(a), int64(b), width4); return int32(g), err }),
	"int8lcm":    f2e(func(a, b int64) (int64, error) { return lcm64(a, b, width8) }),
	"to_hex32":   f1(func(x int32) string { return strconv.FormatUint(uint64(uint32(x)), 16) }),
	"to_hex64":   f1(func(x int64) string { return strconv.FormatUint(uint64(x), 16) }),
	"int2larger": f2(func(a, b int32) int32 { return max(a, b) }), "int2smaller": f2(func(a, b int32) int32 { return min(a, b) }),
	"int4larger": f2(func(a, b int32) int32 { return max(a, b) }), "int4smaller": f2(func(a, b int32) int32 { return min(a, b) }),
	"int8larger": f2(func(a, b int64) int64 { return max(a, b) }), "int8smaller": f2(func(a, b int64) int64 { return min(a, b) }),
}

func same[T any](x T) T { return x }

func and[T int32 | int64](a, b T) T { return a & b }
func or[T int32 | int64](a, b T) T  { return a | b }
func xor[T int32 | int64](a, b T) T { return a ^ b }
func not[T int32 | int64](a T) T    { return ^a }

// castFunctions are the functions of pg_cast.
var castFunctions = map[string]builtin{
	"i4toi2": intConvert(width2), "int82": intConvert(width2), "i2toi4": intWiden(), "int84": intConvert(width4),
	"int28": intConvert(width8), "int48": intConvert(width8),
	"i8tooid": f1e(func(x int64) (int64, error) {
		if x < 0 || x > math.MaxUint32 {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "OID out of range")
		}
		return x, nil
	}),
	"oidtoi8":   f1(same[int64]),
	"int4_bool": f1(func(x int32) bool { return x != 0 }),
	"bool_int4": f1(func(x bool) int32 {
		if x {
			return 1
		}
		return 0
	}),
	"booltext": f1(func(x bool) string { return strconv.FormatBool(x) }),

	"i2tod": f1(func(x int32) float64 { return float64(x) }), "i4tod": f1(func(x int32) float64 { return float64(x) }),
	"i8tod": f1(func(x int64) float64 { return float64(x) }), "i2tof": f1(func(x int32) float64 { return float64(float32(x)) }),
	"i4tof": f1(func(x int32) float64 { return float64(float32(x)) }), "i8tof": f1(func(x int64) float64 { return float64(float32(x)) }),
	"ftod": f1(same[float64]),
	"dtof": f1e(func(x float64) (float64, error) {
		y := float64(float32(x))
		switch {
		case math.IsInf(y, 0) && !math.IsInf(x, 0):
			return 0, errFloatOverflow()
		case y == 0 && x != 0:
			return 0, errFloatUnderflow()
		}
		return y, nil
	}),
	"dtoi2": floatInt(width2), "ftoi2": floatInt(width2), "dtoi4": floatInt(width4), "ftoi4": floatInt(width4),
	"dtoi8": floatLong(), "ftoi8": floatLong(),

	"int2_numeric": intToNumeric(), "int4_numeric": intToNumeric(), "int8_numeric": intToNumeric(),
	"float4_numeric": withNarrowing(f1(pgtypes.NumericFromFloat32)), "float8_numeric": withNarrowing(f1(pgtypes.NumericFromFloat64)),
	"numeric_float4": f1e(pgtypes.Numeric.Float32), "numeric_float8": numericToFloat(),
	"numeric_int2": f1e(pgtypes.Numeric.Int16), "numeric_int4": f1e(pgtypes.Numeric.Int32), "numeric_int8": f1e(pgtypes.Numeric.Int64),

	"rtrim1":        f1(trimBlanks),
	"char_text":     f1(same[string]),
	"char_bpchar":   f1(same[string]),
	"text_char":     f1(func(s string) string { return s[:min(1, len(s))] }),
	"chartoi4":      f1(func(s string) int32 { return int32(int8(firstByte(s))) }),
	"i4tochar":      f1e(intToChar),
	"text_name":     f1(toName),
	"bpchar_name":   f1(func(s string) string { return toName(trimBlanks(s)) }),
	"name_text":     f1(same[string]),
	"name_bpchar":   f1(same[string]),
	"text_regclass": fn(func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) { return parseInput(c, args[0].(string)) }),
}

func trimBlanks(s string) string {
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

func intToChar(x int32) (string, error) {
	if x < -128 || x > 127 {
		return "", pgerr.New(pgerr.NumericValueOutOfRange, "\"char\" out of range")
	}
	if x == 0 {
		return "", nil
	}
	return string([]byte{byte(x)}), nil
}

// nameLength is NAMEDATALEN-1.
const nameLength = 63

// toName cuts a text to a name, at a character.
func toName(s string) string {
	if len(s) <= nameLength {
		return s
	}
	cut := nameLength
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut]
}
