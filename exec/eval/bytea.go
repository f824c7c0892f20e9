package eval

import (
	"bytes"
	"crypto/md5" //nolint:gosec // md5() is Postgres's, not a protection
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// byteaFunctions are the functions of bytea.
var byteaFunctions = map[string]builtin{
	"byteacat":      f2(func(a, b []byte) []byte { return append(append([]byte{}, a...), b...) }),
	"byteaoctetlen": f1(func(b []byte) int32 { return int32(len(b)) }),
	"md5_bytea": f1(func(b []byte) string {
		sum := md5.Sum(b) //nolint:gosec // md5() is Postgres's, not a protection
		return hex.EncodeToString(sum[:])
	}),
	"sha224_bytea":  f1(func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }),
	"sha256_bytea":  f1(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
	"sha384_bytea":  f1(func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }),
	"sha512_bytea":  f1(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
	"binary_encode": f2e(encodeBinary), "binary_decode": f2e(decodeBinary),
	"bytea_substr": f3e(func(b []byte, from, count int32) ([]byte, error) {
		return bytesSubstring(b, int64(from), int64(count), true)
	}),
	"bytea_substr_no_len": f2e(func(b []byte, from int32) ([]byte, error) { return bytesSubstring(b, int64(from), 0, false) }),
	"byteapos":            f2(func(b, part []byte) int32 { return int32(bytes.Index(b, part)) + 1 }),
	"byteatrim":           f2(func(b, set []byte) []byte { return trimBytes(b, set, true, true) }),
	"bytealtrim":          f2(func(b, set []byte) []byte { return trimBytes(b, set, true, false) }), "byteartrim": f2(func(b, set []byte) []byte { return trimBytes(b, set, false, true) }),
	"byteaGetByte": f2e(func(b []byte, i int32) (int32, error) {
		if i < 0 || int(i) >= len(b) {
			return 0, errIndex(int64(i), int64(len(b))-1)
		}
		return int32(b[i]), nil
	}),
	"byteaSetByte": f3e(func(b []byte, i, x int32) ([]byte, error) {
		if i < 0 || int(i) >= len(b) {
			return nil, errIndex(int64(i), int64(len(b))-1)
		}
		out := append([]byte{}, b...)
		out[i] = byte(x)
		return out, nil
	}),
	"byteaGetBit": f2e(func(b []byte, i int64) (int32, error) {
		if i < 0 || i >= int64(len(b))*8 {
			return 0, errIndex(i, int64(len(b))*8-1)
		}
		return int32(b[i/8] >> (i % 8) & 1), nil
	}),
	"bytea_bit_count": f1(func(b []byte) int64 {
		n := 0
		for _, x := range b {
			n += bits.OnesCount8(x)
		}
		return int64(n)
	}),
	"pg_convert_from": f2e(func(b []byte, encoding string) (string, error) {
		if err := onlyUTF8(encoding, "source"); err != nil {
			return "", err
		}
		return validText(b)
	}),
	"pg_convert_to": f2e(func(s, encoding string) ([]byte, error) {
		return []byte(s), onlyUTF8(encoding, "destination")
	}),
}

func errIndex(i, last int64) error {
	return pgerr.New(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", i, last)
}

func onlyUTF8(encoding, role string) error {
	switch strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(encoding, "-", ""), "_", "")) {
	case "utf8", "unicode":
		return nil
	}
	return pgerr.Unsupported("%s encoding \"%s\" is not supported yet", role, encoding)
}

func validText(b []byte) (string, error) {
	s := string(b)
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			return "", pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
		}
	}
	if i := invalidUTF8(b); i >= 0 {
		return "", pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", hexBytes(b[i:]))
	}
	return s, nil
}

func trimBytes(b, set []byte, left, right bool) []byte {
	if left {
		for len(b) > 0 && bytes.IndexByte(set, b[0]) >= 0 {
			b = b[1:]
		}
	}
	if right {
		for len(b) > 0 && bytes.IndexByte(set, b[len(b)-1]) >= 0 {
			b = b[:len(b)-1]
		}
	}
	return b
}

func bytesSubstring(b []byte, from, count int64, limited bool) ([]byte, error) {
	if limited && count < 0 {
		return nil, errNegativeSubstring()
	}
	end := int64(len(b)) + 1
	if limited {
		end = min(end, from+count)
	}
	from = max(from, 1)
	if from >= end {
		return nil, nil
	}
	return b[from-1 : end-1], nil
}

func errEncoding(name string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

func encodeBinary(b []byte, name string) (string, error) {
	switch strings.ToLower(name) {
	case "hex":
		return hex.EncodeToString(b), nil
	case "base64":
		return foldLines(base64.StdEncoding.EncodeToString(b)), nil
	case "escape":
		var out strings.Builder
		for _, c := range b {
			switch {
			case c == 0 || c >= 0x80:
				out.Write([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
			case c == '\\':
				out.WriteString(`\\`)
			default:
				out.WriteByte(c)
			}
		}
		return out.String(), nil
	}
	return "", errEncoding(name)
}

// foldLines breaks base64 after 76 characters, as RFC 2045 and Postgres do.
func foldLines(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s
}

func decodeBinary(s, name string) ([]byte, error) {
	switch strings.ToLower(name) {
	case "hex":
		return decodeHex(s)
	case "base64":
		return decodeBase64(s)
	case "escape":
		return decodeEscape(s)
	}
	return nil, errEncoding(name)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func decodeHex(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/2)
	high := -1
	for i, r := range s {
		if r < 0x80 && isSpace(s[i]) && high < 0 {
			continue
		}
		digit := strings.IndexRune("0123456789abcdef", r|0x20)
		if r >= '0' && r <= '9' {
			digit = int(r - '0')
		} else if r < 'A' || digit < 10 {
			digit = -1
		}
		if digit < 0 {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal digit: \"%c\"", r)
		}
		if high < 0 {
			high = digit
		} else {
			out = append(out, byte(high<<4|digit))
			high = -1
		}
	}
	if high >= 0 {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
	}
	return out, nil
}

func decodeBase64(s string) ([]byte, error) {
	var clean []byte
	for i, r := range s {
		switch {
		case r < 0x80 && isSpace(s[i]):
		case r == '=' || r == '+' || r == '/' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			clean = append(clean, byte(r))
		default:
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid symbol \"%c\" found while decoding base64 sequence", r)
		}
	}
	out, err := base64.StdEncoding.DecodeString(string(clean))
	if err != nil {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return out, nil
}

func decodeEscape(s string) ([]byte, error) {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		octal := func(k int) bool { return i+k < len(s) && s[i+k] >= '0' && s[i+k] <= '7' }
		switch {
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case octal(1) && s[i+1] <= '3' && octal(2) && octal(3):
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|s[i+3]-'0')
			i += 3
		default:
			return nil, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s", "bytea")
		}
	}
	return out, nil
}
