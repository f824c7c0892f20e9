package batch

import (
	"bytes"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TextAppender appends a value given as text to a column. The text is not kept.
type TextAppender func(c *Column, text []byte) error

// AppenderOfText is the appender for columns of type t. It reads texts as INSERT does
// a literal: by t's input function, and t's modifier then refuses what does not fit.
func AppenderOfText(t pgtypes.Type) TextAppender {
	slow := func(c *Column, text []byte) error { return appendParsed(c, t, text) }
	switch t.OID {
	case pgtypes.OIDInt8:
		return func(c *Column, text []byte) error {
			if v, ok := fewDigits(text); ok {
				c.Int64(v)
				return nil
			}
			return slow(c, text)
		}
	case pgtypes.OIDInt4:
		return func(c *Column, text []byte) error {
			if v, ok := fewDigits(text); ok && int64(int32(v)) == v {
				c.Int32(int32(v))
				return nil
			}
			return slow(c, text)
		}
	case pgtypes.OIDFloat8:
		return func(c *Column, text []byte) error { return appendFloat(c, text, slow) }
	case pgtypes.OIDTimestamp:
		return func(c *Column, text []byte) error {
			if v, ok := pgtypes.ParseISOTimestamp(text); ok && t.Typmod < 0 {
				c.Int64(v)
				return nil
			}
			return slow(c, text)
		}
	case pgtypes.OIDTimestamptz:
		return func(c *Column, text []byte) error {
			if n := len(text); n > 0 && text[n-1] == 'Z' && t.Typmod < 0 {
				if v, ok := pgtypes.ParseISOTimestamp(text[:n-1]); ok {
					c.Int64(v)
					return nil
				}
			}
			return slow(c, text)
		}
	case pgtypes.OIDDate:
		return func(c *Column, text []byte) error {
			if v, ok := pgtypes.ParseISODate(text); ok {
				c.Int32(v)
				return nil
			}
			return slow(c, text)
		}
	case pgtypes.OIDText:
		return appendValidText
	}
	return slow
}

func appendParsed(c *Column, t pgtypes.Type, text []byte) error {
	if err := validText(text); err != nil {
		return err
	}
	// The parsers keep nothing of the text but in values that are copied below.
	v, err := pgtypes.Parse(pgtypes.Of(t.OID), unsafe.String(unsafe.SliceData(text), len(text)), pgtypes.DefaultStyle())
	if err == nil {
		v, err = pgtypes.ApplyTypmod(t, v, false)
	}
	if err != nil {
		return err
	}
	return c.Datum(t, v)
}

func appendValidText(c *Column, text []byte) error {
	if err := validText(text); err != nil {
		return err
	}
	c.Bytes(text)
	return nil
}

func validText(text []byte) error {
	if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) {
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	return nil
}

// appendFloat leaves words and what strconv takes beyond Postgres to slow.
func appendFloat(c *Column, text []byte, slow TextAppender) error {
	if n := len(text); 0 < n && n < 20 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9') && !bytes.ContainsAny(text, "xXpP_iIn") {
		if v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), n), 64); err == nil {
			c.Float64(v)
			return nil
		}
	}
	return slow(c, text)
}

// fewDigits reads up to 18 digits, which can not overflow.
func fewDigits(text []byte) (v int64, ok bool) {
	number := text
	if len(number) > 0 && number[0] == '-' {
		number = number[1:]
	}
	if len(number) == 0 || len(number) > 18 {
		return 0, false
	}
	for _, d := range number {
		if d -= '0'; d > 9 {
			return 0, false
		}
		v = v*10 + int64(d)
	}
	if len(number) < len(text) {
		v = -v
	}
	return v, true
}
