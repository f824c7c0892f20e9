package pgtypes

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

func trimSpace(s string) string { return strings.Trim(s, asciiSpace) }

// parseBool takes unique prefixes of true, false, yes, no, on and off, and 1 and 0.
func parseBool(text string) (bool, error) {
	s := strings.ToLower(trimSpace(text))
	prefixOf := func(word string, least int) bool {
		return len(s) >= least && strings.HasPrefix(word, s)
	}
	switch {
	case s == "1" || prefixOf("true", 1) || prefixOf("yes", 1) || s == "on":
		return true, nil
	case s == "0" || prefixOf("false", 1) || prefixOf("no", 1) || prefixOf("off", 2):
		return false, nil
	}
	return false, errSyntax("boolean", text)
}

// ParseInt64 is bigint's input function.
func ParseInt64(text string) (int64, error) { return parseInt(text, "bigint", 64) }

func parseInt32(text, typeName string, bitSize int) (int32, error) {
	v, err := parseInt(text, typeName, bitSize)
	return int32(v), err
}

func parseInt(text, typeName string, bitSize int) (int64, error) {
	s := trimSpace(text)
	digits := s
	if s != "" && (s[0] == '+' || s[0] == '-') {
		digits = s[1:]
	}
	if digits == "" {
		return 0, errSyntax(typeName, text)
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, errIntegerTail(typeName, text, s, bitSize)
		}
	}
	v, err := strconv.ParseInt(s, 10, bitSize)
	if err != nil {
		return 0, errOutOfRange(typeName, text)
	}
	return v, nil
}

// errIntegerTail decides between the two errors as Postgres does, which reads from
// the left: too many digits are found before a bad character behind them.
func errIntegerTail(typeName, text, s string, bitSize int) error {
	end := 0
	if s[0] == '+' || s[0] == '-' {
		end = 1
	}
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if _, err := strconv.ParseInt(s[:end], 10, bitSize); err != nil && end > 1 {
		return errOutOfRange(typeName, text)
	}
	return errSyntax(typeName, text)
}

// parseOID accepts what strtoul does in 32 bits, so also negative numbers.
func parseOID(text string) (int64, error) {
	s := trimSpace(text)
	if strings.Contains(s, "_") {
		return 0, errSyntax("oid", text)
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
			return 0, errOutOfRange("oid", text)
		}
		return 0, errSyntax("oid", text)
	}
	if v > math.MaxUint32 || v < math.MinInt32 {
		return 0, errOutOfRange("oid", text)
	}
	return int64(uint32(v)), nil
}

// parseXid never fails: it is strtoul, as Postgres 15 has it.
func parseXid(text string) (int64, error) {
	s := strings.TrimLeft(text, asciiSpace)
	end := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		end = 1
	}
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	v, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		v = 0
	}
	return int64(uint32(v)), nil
}

// ParseFloat64 is double precision's input function.
func ParseFloat64(text string) (float64, error) { return parseFloat(text, "double precision", 64) }

// ParseFloat32 is real's input function; the value is exactly a float32.
func ParseFloat32(text string) (float64, error) { return parseFloat(text, "real", 32) }

func parseFloat(text, typeName string, bitSize int) (float64, error) {
	s := trimSpace(text)
	if v, ok := floatWord(s); ok {
		return v, nil
	}
	if !isFloat(s) {
		return 0, errSyntax(typeName, text)
	}
	v, err := strconv.ParseFloat(s, bitSize)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, errSyntax(typeName, text)
	}
	if math.IsInf(v, 0) || v == 0 && !isZeroText(s) {
		// The number is quoted as far as it was read, without blanks.
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", s, typeName)
	}
	return v, nil
}

// floatNaN is the NaN that Postgres makes, whose bits show in binary results.
var floatNaN = math.Float64frombits(0x7FF8000000000000)

func floatWord(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "nan":
		return floatNaN, true
	case "infinity", "+infinity", "inf", "+inf":
		return math.Inf(1), true
	case "-infinity", "-inf":
		return math.Inf(-1), true
	}
	return 0, false
}

// isFloat keeps out what Go reads and C does not: underscores. Hexadecimal is
// read by both.
func isFloat(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isDigit(c) && !strings.ContainsRune("+-.eE", rune(c)) {
			return false
		}
	}
	return true
}

func isZeroText(s string) bool {
	for i := range len(s) {
		if s[i] == 'e' || s[i] == 'E' {
			return true
		}
		if s[i] >= '1' && s[i] <= '9' {
			return false
		}
	}
	return true
}

// parseBytea reads the hex form and the escape form.
func parseBytea(text string) ([]byte, error) {
	if strings.HasPrefix(text, `\x`) {
		return parseByteaHex(text[2:])
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		rest := text[i+1:]
		switch {
		case strings.HasPrefix(rest, `\`):
			out = append(out, '\\')
			i++
		case len(rest) >= 3 && rest[0] >= '0' && rest[0] <= '3' && isOctal(rest[1]) && isOctal(rest[2]):
			out = append(out, (rest[0]-'0')<<6|(rest[1]-'0')<<3|(rest[2]-'0'))
			i += 3
		default:
			return nil, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return out, nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// parseByteaHex allows blanks between bytes, not within one.
func parseByteaHex(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		if c := s[i]; c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		high, err := hexDigit(s[i:])
		if err != nil {
			return nil, err
		}
		if i+1 >= len(s) {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		low, err := hexDigit(s[i+1:])
		if err != nil {
			return nil, err
		}
		out = append(out, high<<4|low)
		i += 2
	}
	return out, nil
}

func hexDigit(s string) (byte, error) {
	c := s[0]
	switch {
	case isDigit(c):
		return c - '0', nil
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, nil
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, nil
	}
	return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal digit: \"%s\"", firstRune(s))
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// parseUUID takes hyphens after any group of four digits, and braces.
func parseUUID(text string) ([16]byte, error) {
	var u [16]byte
	s := text
	braces := strings.HasPrefix(s, "{")
	if braces {
		s = s[1:]
	}
	for i := range u {
		if len(s) < 2 {
			return u, errSyntax("uuid", text)
		}
		if _, err := hex.Decode(u[i:i+1], []byte(s[:2])); err != nil {
			return u, errSyntax("uuid", text)
		}
		s = s[2:]
		if i%2 == 1 && i < 15 && strings.HasPrefix(s, "-") {
			s = s[1:]
		}
	}
	if braces {
		if !strings.HasPrefix(s, "}") {
			return u, errSyntax("uuid", text)
		}
		s = s[1:]
	}
	if s != "" {
		return u, errSyntax("uuid", text)
	}
	return u, nil
}

// parseBit reads B'0101' and X'1F' without the quotes; the value is its digits.
func parseBit(text string) (string, error) {
	isHex := strings.HasPrefix(text, "x") || strings.HasPrefix(text, "X")
	s := text
	if isHex || strings.HasPrefix(text, "b") || strings.HasPrefix(text, "B") {
		s = text[1:]
	}
	if !isHex {
		for i := range len(s) {
			if s[i] != '0' && s[i] != '1' {
				return "", pgerr.New(pgerr.InvalidTextRepresentation, "\"%s\" is not a valid binary digit", firstRune(s[i:]))
			}
		}
		return s, nil
	}
	var out []byte
	for i := range len(s) {
		d, err := hexDigit(s[i:])
		if err != nil {
			return "", pgerr.New(pgerr.InvalidTextRepresentation, "\"%s\" is not a valid hexadecimal digit", firstRune(s[i:]))
		}
		for bit := 3; bit >= 0; bit-- {
			out = append(out, '0'+d>>bit&1)
		}
	}
	return string(out), nil
}
