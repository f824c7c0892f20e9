package payload

import (
	"encoding/hex"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// appendJSON writes a value as to_json would: nested ones as objects and arrays, times
// in ISO 8601, bytes as the text of bytea. bare scalars go without quotes: their text.
func (r *avroReader) appendJSON(dst []byte, n *avroNode, bare bool) []byte {
	switch n.kind {
	case avroRecord, avroArray, avroMap, avroUnion:
		if r.enter() {
			dst = r.appendNested(dst, n, bare)
		}
		r.depth--
		return dst
	case avroNull:
		return append(dst, "null"...)
	case avroBoolean:
		if r.bool() {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	}
	quoted := !bare
	switch {
	case n.logical == "decimal":
		return pgtypesText(dst, pgtypes.OIDNumeric, r.decimal(n))
	case n.kind == avroInt && n.logical == "", n.kind == avroLong && n.logical == "":
		return pgtypes.AppendInt(dst, r.long())
	case n.kind == avroFloat:
		v := float64(math.Float32frombits(r.bits32()))
		return r.appendFloat(dst, pgtypes.OIDFloat4, v, quoted)
	case n.kind == avroDouble:
		return r.appendFloat(dst, pgtypes.OIDFloat8, math.Float64frombits(r.bits64()), quoted)
	}
	text := r.text(n)
	if quoted {
		return pgtypes.AppendJSONString(dst, string(text))
	}
	return append(dst, text...)
}

func pgtypesText(dst []byte, oid uint32, v pgtypes.Datum) []byte {
	return pgtypes.AppendText(dst, pgtypes.Of(oid), v, pgtypes.DefaultStyle())
}

// appendFloat quotes what JSON has no number for.
func (r *avroReader) appendFloat(dst []byte, oid uint32, v float64, quoted bool) []byte {
	if quoted = quoted && (math.IsNaN(v) || math.IsInf(v, 0)); quoted {
		dst = append(dst, '"')
	}
	if dst = pgtypesText(dst, oid, v); quoted {
		dst = append(dst, '"')
	}
	return dst
}

// text is the text of the scalars that JSON has no form for.
func (r *avroReader) text(n *avroNode) []byte {
	switch n.logical {
	case "date":
		return pgtypes.AppendDate(nil, int32(r.int()), pgtypes.DefaultStyle())
	case "time-millis", "time-micros":
		micros := r.long() * n.micros()
		if micros < 0 || micros > microsPerDay {
			r.fail(errTimeRange(pgtypes.Of(pgtypes.OIDTime)))
			return nil
		}
		return pgtypes.AppendTime(nil, micros)
	case "duration":
		return pgtypesText(nil, pgtypes.OIDInterval, r.duration())
	case "uuid":
		if n.kind == avroFixed {
			return pgtypes.AppendUUID(nil, r.take(16))
		}
	}
	if n.logical != "" && n.kind == avroLong {
		return r.timestampText(n)
	}
	switch n.kind {
	case avroString:
		text := r.bytes()
		if !utf8.Valid(text) {
			r.fail(pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\""))
		}
		return text
	case avroEnum:
		return []byte(r.symbol(n))
	case avroFixed:
		return appendHex(r.take(int64(n.size)))
	default:
		return appendHex(r.bytes())
	}
}

func appendHex(b []byte) []byte { return hex.AppendEncode([]byte(`\x`), b) }

// micros are the microseconds of a time's unit, as units has them.
func (n *avroNode) micros() int64 {
	switch n.logical {
	case "date":
		return units["days"]
	case "time-millis", "timestamp-millis", "local-timestamp-millis":
		return units["ms"]
	case "timestamp-nanos", "local-timestamp-nanos":
		return units["ns"]
	default:
		return units["us"]
	}
}

func (n *avroNode) local() bool {
	return n.logical == "local-timestamp-millis" || n.logical == "local-timestamp-micros" || n.logical == "local-timestamp-nanos"
}

// timestampText is ISO 8601, with the nanoseconds that are there: nothing is lost in a
// text.
func (r *avroReader) timestampText(n *avroNode) []byte {
	v, nanos := r.long(), int64(0)
	switch unit := n.micros(); {
	case unit < 0:
		nanos = v - floorDiv(v, -unit)*-unit
		v = floorDiv(v, -unit)
	case v > math.MaxInt64/unit || v < math.MinInt64/unit:
		r.fail(errTimeRange(pgtypes.Of(pgtypes.OIDTimestamp)))
		return nil
	default:
		v *= unit
	}
	if v < firstTimestamp || v >= endTimestamp {
		r.fail(errTimeRange(pgtypes.Of(pgtypes.OIDTimestamp)))
		return nil
	}
	text := pgtypes.AppendTimestamp(nil, v, pgtypes.DefaultStyle())
	for i := range text {
		if text[i] == ' ' && text[len(text)-1] != 'C' { // BC keeps Postgres's form
			text[i] = 'T'
			break
		}
	}
	if nanos > 0 {
		text = appendNanos(text, v, nanos)
	}
	if !n.local() {
		text = append(text, "+00:00"...)
	}
	return text
}

func appendNanos(text []byte, micros, nanos int64) []byte {
	fraction := micros - floorDiv(micros, 1_000_000)*1_000_000
	for i := len(text) - 1; i >= 0 && i > len(text)-8; i-- {
		if text[i] == '.' {
			text = text[:i]
			break
		}
	}
	text = append(text, '.')
	digits := pgtypes.AppendInt(nil, 1_000_000_000+fraction*1000+nanos)
	return append(text, digits[1:]...)
}

func (r *avroReader) duration() pgtypes.Interval {
	months, days, millis := r.bits32(), r.bits32(), r.bits32()
	if months > math.MaxInt32 || days > math.MaxInt32 {
		r.fail(pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range"))
	}
	return pgtypes.Interval{Months: int32(months), Days: int32(days), Micros: int64(millis) * 1000}
}

// decimal is a two's complement number with the schema's scale.
func (r *avroReader) decimal(n *avroNode) pgtypes.Numeric {
	var b []byte
	if n.kind == avroFixed {
		b = r.take(int64(n.size))
	} else {
		b = r.bytes()
	}
	if len(b) <= 8 {
		v := int64(0)
		if len(b) > 0 && b[0] >= 0x80 {
			v = -1
		}
		for _, c := range b {
			v = v<<8 | int64(c)
		}
		return pgtypes.NewNumeric(v, n.scale)
	}
	v := new(big.Int).SetBytes(b)
	if b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return pgtypes.NumericFromBig(v, n.scale)
}

func (r *avroReader) appendNested(dst []byte, n *avroNode, bare bool) []byte {
	first := true
	next := func(key string) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(pgtypes.AppendJSONString(dst, key), ':')
	}
	switch n.kind {
	case avroUnion:
		return r.appendJSON(dst, r.branch(n), bare)
	case avroRecord:
		dst = append(dst, '{')
		for i := range n.fields {
			next(n.fields[i].name)
			dst = r.appendJSON(dst, n.fields[i].node, false)
		}
		return append(dst, '}')
	case avroMap:
		dst = append(dst, '{')
		r.blocks(func() {
			key := r.bytes()
			if !utf8.Valid(key) {
				r.fail(pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\""))
				return
			}
			next(string(key))
			dst = r.appendJSON(dst, n.items, false)
		})
		return append(dst, '}')
	default:
		dst = append(dst, '[')
		r.blocks(func() {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = r.appendJSON(dst, n.items, false)
		})
		return append(dst, ']')
	}
}
