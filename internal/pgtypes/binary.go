package pgtypes

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Days and microseconds from 1970-01-01 to 2000-01-01, where Postgres's binary
// forms count from.
const (
	EpochDays   = 10957
	EpochMicros = 946684800 * 1000000
)

// The infinite dates and timestamps.
const (
	DateInfinity              = int32(math.MaxInt32)
	DateNegativeInfinity      = int32(math.MinInt32)
	TimestampInfinity         = int64(math.MaxInt64)
	TimestampNegativeInfinity = int64(math.MinInt64)
)

// AppendBinary is the send function of t.
func AppendBinary(dst []byte, t Type, v Datum) ([]byte, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case int32:
		switch t.OID {
		case OIDInt2:
			return binary.BigEndian.AppendUint16(dst, uint16(v)), nil
		case OIDDate:
			v = DateToWire(v)
		}
		return binary.BigEndian.AppendUint32(dst, uint32(v)), nil
	case int64:
		switch t.OID {
		case OIDInt8, OIDTime:
		case OIDTimestamp, OIDTimestamptz:
			v = TimestampToWire(v)
		default:
			return binary.BigEndian.AppendUint32(dst, uint32(v)), nil
		}
		return binary.BigEndian.AppendUint64(dst, uint64(v)), nil
	case float64:
		if t.OID == OIDFloat4 {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v))), nil
		}
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), nil
	case Numeric:
		return v.AppendBinary(dst), nil
	case string:
		return appendTextBinary(dst, t.OID, v)
	case []byte:
		return append(dst, v...), nil
	case TimeTZ:
		dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
		return binary.BigEndian.AppendUint32(dst, uint32(v.ZoneWest)), nil
	case Interval:
		dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
		dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
		return binary.BigEndian.AppendUint32(dst, uint32(v.Months)), nil
	case [16]byte:
		return append(dst, v[:]...), nil
	case Array:
		return appendArrayBinary(dst, v)
	case Record:
		return appendRecordBinary(dst, v)
	}
	return nil, pgerr.Internal("no binary form of a %T as %s", v, FormatType(t))
}

// DateToWire shifts days from 1970 to days from 2000; infinities stay.
func DateToWire(days int32) int32 {
	if days == DateInfinity || days == DateNegativeInfinity {
		return days
	}
	return days - EpochDays
}

// DateFromWire is the inverse of DateToWire.
func DateFromWire(days int32) int32 {
	if days == DateInfinity || days == DateNegativeInfinity {
		return days
	}
	return days + EpochDays
}

// TimestampToWire shifts microseconds from 1970 to those from 2000; infinities stay.
func TimestampToWire(micros int64) int64 {
	if micros == TimestampInfinity || micros == TimestampNegativeInfinity {
		return micros
	}
	return micros - EpochMicros
}

// TimestampFromWire is the inverse of TimestampToWire.
func TimestampFromWire(micros int64) int64 {
	if micros == TimestampInfinity || micros == TimestampNegativeInfinity {
		return micros
	}
	return micros + EpochMicros
}

func appendTextBinary(dst []byte, oid uint32, v string) ([]byte, error) {
	switch oid {
	case OIDJSONB:
		return append(append(dst, 1), v...), nil
	case OIDChar:
		if v == "" {
			return append(dst, 0), nil
		}
	case OIDBit, OIDVarbit:
		return appendBitBinary(dst, v), nil
	case OIDInet, OIDCIDR, OIDMacaddr, OIDMoney, OIDTid, OIDPgLSN:
		return appendNetworkBinary(dst, oid, v)
	case OIDAclitem:
		return nil, pgerr.New(pgerr.UndefinedFunction, "no binary output function available for type aclitem")
	}
	if !textIsBinary(oid) {
		return nil, pgerr.Unsupported("the binary format of type %s is not supported", TypeName(oid)).
			WithHint("Ask for the text format, or cast the column to text.")
	}
	return append(dst, v...), nil
}

// textIsBinary says whether the binary form is the text: so for strings and enums.
func textIsBinary(oid uint32) bool {
	switch oid {
	case OIDText, OIDVarchar, OIDBpchar, OIDName, OIDJSON, OIDXML, OIDUnknown, OIDCString, OIDVoid, OIDChar,
		OIDRefcursor, OIDPgNodeTree:
		return true
	}
	return TypeName(oid) == "???"
}

// ParseBinary is the receive function of t. Strings and bytes are copied.
func ParseBinary(t Type, b []byte) (Datum, error) {
	v, err := receive(t.OID, b)
	if err != nil || t.Typmod < 0 {
		return v, err
	}
	return ApplyTypmod(t, v, false)
}

// wireSize is the length of fixed binary forms; 0 for the others.
func wireSize(oid uint32) int {
	switch oid {
	case OIDBool, OIDChar:
		return 1
	case OIDInt2:
		return 2
	case OIDInt4, OIDFloat4, OIDDate, OIDOid, OIDRegproc, OIDRegprocedure, OIDRegoper, OIDRegoperator,
		OIDRegclass, OIDRegtype, OIDRegrole, OIDRegnamespace, OIDXid, OIDCid:
		return 4
	case OIDInt8, OIDFloat8, OIDTime, OIDTimestamp, OIDTimestamptz, OIDMoney, OIDPgLSN:
		return 8
	case OIDTimetz:
		return 12
	case OIDInterval, OIDUUID:
		return 16
	case OIDMacaddr, OIDTid:
		return 6
	}
	return 0
}

func receive(oid uint32, b []byte) (Datum, error) {
	if size := wireSize(oid); size > 0 {
		if len(b) < size {
			return nil, errInsufficientData()
		}
		if len(b) > size {
			return nil, errTrailingData()
		}
	}
	switch oid {
	case OIDBool:
		return b[0] != 0, nil
	case OIDInt2:
		return int32(int16(binary.BigEndian.Uint16(b))), nil
	case OIDInt4:
		return int32(binary.BigEndian.Uint32(b)), nil
	case OIDInt8:
		return int64(binary.BigEndian.Uint64(b)), nil
	case OIDFloat4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
	case OIDFloat8:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case OIDNumeric:
		return datum(NumericFromBinary(b))
	case OIDBytea:
		return append(make([]byte, 0, len(b)), b...), nil
	case OIDDate, OIDTime, OIDTimetz, OIDTimestamp, OIDTimestamptz, OIDInterval:
		return receiveDatetime(oid, b)
	case OIDUUID:
		return [16]byte(b), nil
	case OIDBit, OIDVarbit:
		return datum(receiveBit(b))
	case OIDInet, OIDCIDR, OIDMacaddr, OIDMoney, OIDTid, OIDPgLSN:
		return receiveNetwork(oid, b)
	case OIDRecord:
		return datum(receiveRecord(b))
	case OIDChar:
		if b[0] == 0 {
			return "", nil
		}
		return string(b), nil
	case OIDJSONB:
		return receiveJSONB(b)
	}
	switch size := wireSize(oid); {
	case size == 4:
		return int64(binary.BigEndian.Uint32(b)), nil
	case isArray(oid):
		return datum(receiveArray(oid, b))
	}
	return receiveText(oid, b)
}

func isArray(oid uint32) bool {
	_, ok := ElementType(oid)
	return ok || oid == OIDInt2Vector || oid == OIDOidVector
}

func receiveText(oid uint32, b []byte) (Datum, error) {
	text, err := checkUTF8(b)
	if err != nil {
		return nil, err
	}
	switch oid {
	case OIDJSON:
		return text, ValidateJSON(text)
	case OIDName:
		if len(text) > 63 {
			return nil, pgerr.New(pgerr.NameTooLong, "identifier too long").
				WithDetail("Identifier must be less than 64 characters.")
		}
	}
	return text, nil
}

func receiveJSONB(b []byte) (Datum, error) {
	if len(b) == 0 {
		return nil, errInsufficientData()
	}
	if b[0] != 1 {
		return nil, pgerr.Internal("unsupported jsonb version number %d", b[0])
	}
	text, err := checkUTF8(b[1:])
	if err != nil {
		return nil, err
	}
	return datum(CanonicalJSONB(text))
}

// checkUTF8 refuses what a UTF8 database does: bad sequences and NUL.
func checkUTF8(b []byte) (string, error) {
	for i := 0; i < len(b); {
		if b[i] == 0 {
			return "", errEncoding(b[i : i+1])
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			return "", errEncoding(badSequence(b[i:]))
		}
		i += size
	}
	return string(b), nil
}

// badSequence is as much as Postgres shows: the length the first byte announces.
func badSequence(b []byte) []byte {
	n := 1
	switch c := b[0]; {
	case c&0xe0 == 0xc0:
		n = 2
	case c&0xf0 == 0xe0:
		n = 3
	case c&0xf8 == 0xf0:
		n = 4
	}
	return b[:min(n, len(b))]
}

func errEncoding(b []byte) error {
	const digits = "0123456789abcdef"
	var shown []byte
	for i, c := range b {
		if i > 0 {
			shown = append(shown, ' ')
		}
		shown = append(shown, '0', 'x', digits[c>>4], digits[c&15])
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", shown)
}
