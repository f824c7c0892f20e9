package eval

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// hexBytes writes the bytes of a malformed character as errors show them.
func hexBytes(b []byte) string {
	length := 1
	switch {
	case b[0] >= 0xF0:
		length = 4
	case b[0] >= 0xE0:
		length = 3
	case b[0] >= 0xC0:
		length = 2
	}
	parts := make([]string, 0, length)
	for _, c := range b[:min(length, len(b))] {
		parts = append(parts, fmt.Sprintf("0x%02x", c))
	}
	return strings.Join(parts, " ")
}
