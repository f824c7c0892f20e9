package payload

import (
	"math"

	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// emitter puts a value into a column: straight where the types are each other's, by its
// text otherwise.
func emitter(n *avroNode, f *Field) func(r *avroReader, c *batch.Column) error {
	t := f.Type
	if put := straight(n, t); put != nil {
		return func(r *avroReader, c *batch.Column) error {
			before := r.err
			if err := put(r, c); err != nil {
				return err
			}
			if before == nil {
				return r.err
			}
			return before
		}
	}
	text := batch.AppenderOfText(t)
	if f.unit != "" && (n.kind == avroInt || n.kind == avroLong) && n.logical == "" {
		unit := units[f.unit]
		return func(r *avroReader, c *batch.Column) error {
			v := r.long()
			if r.err != nil {
				return r.err
			}
			return appendEpoch(c, t, v, unit)
		}
	}
	appender := jsonAppenderOf(f)
	_, array := pgtypes.ElementType(t.OID)
	asJSON := array || t.OID == pgtypes.OIDJSON || t.OID == pgtypes.OIDJSONB
	integer := t.OID == pgtypes.OIDInt8 || t.OID == pgtypes.OIDInt4 || t.OID == pgtypes.OIDInt2 || t.OID == pgtypes.OIDNumeric
	plain := n
	if integer && (n.kind == avroInt || n.kind == avroLong) { // a time's bare number
		plain = &avroNode{kind: n.kind}
	}
	var buffer []byte
	return func(r *avroReader, c *batch.Column) error {
		buffer = r.appendJSON(buffer[:0], plain, !asJSON)
		if r.err != nil {
			return r.err
		}
		if asJSON {
			return appender(c, buffer)
		}
		return text(c, buffer)
	}
}

// straight is nil when a value must go through its text.
func straight(n *avroNode, t pgtypes.Type) func(r *avroReader, c *batch.Column) error {
	switch {
	case n.logical != "":
		return straightLogical(n, t)
	case t.OID == pgtypes.OIDInt8 && (n.kind == avroInt || n.kind == avroLong):
		return func(r *avroReader, c *batch.Column) error { c.Int64(r.long()); return nil }
	case t.OID == pgtypes.OIDInt4 && n.kind == avroInt:
		return func(r *avroReader, c *batch.Column) error { c.Int32(int32(r.int())); return nil }
	case t.OID == pgtypes.OIDFloat4 && n.kind == avroFloat:
		return func(r *avroReader, c *batch.Column) error { c.Float32(math.Float32frombits(r.bits32())); return nil }
	case t.OID == pgtypes.OIDFloat8 && n.kind == avroFloat:
		return func(r *avroReader, c *batch.Column) error {
			c.Float64(float64(math.Float32frombits(r.bits32())))
			return nil
		}
	case t.OID == pgtypes.OIDFloat8 && n.kind == avroDouble:
		return func(r *avroReader, c *batch.Column) error { c.Float64(math.Float64frombits(r.bits64())); return nil }
	case t.OID == pgtypes.OIDBool && n.kind == avroBoolean:
		return func(r *avroReader, c *batch.Column) error { c.Bool(r.bool()); return nil }
	case t.OID == pgtypes.OIDText && n.kind == avroString:
		text := batch.AppenderOfText(t)
		return func(r *avroReader, c *batch.Column) error { return text(c, r.bytes()) }
	case t.OID == pgtypes.OIDText && n.kind == avroEnum:
		return func(r *avroReader, c *batch.Column) error { c.String(r.symbol(n)); return nil }
	case t.OID == pgtypes.OIDBytea && (n.kind == avroBytes || n.kind == avroString):
		return func(r *avroReader, c *batch.Column) error { c.Bytes(r.bytes()); return nil }
	case t.OID == pgtypes.OIDBytea && n.kind == avroFixed:
		return func(r *avroReader, c *batch.Column) error { c.Bytes(r.take(int64(n.size))); return nil }
	}
	return nil
}

func straightLogical(n *avroNode, t pgtypes.Type) func(r *avroReader, c *batch.Column) error {
	zoned := t.OID == pgtypes.OIDTimestamptz && !n.local() || t.OID == pgtypes.OIDTimestamp && n.local()
	switch {
	case n.logical == "decimal" && t.OID == pgtypes.OIDNumeric:
		return func(r *avroReader, c *batch.Column) error {
			v := r.decimal(n)
			if r.err != nil {
				return r.err
			}
			fitted, err := pgtypes.ApplyTypmod(t, v, false)
			if err != nil {
				return err
			}
			return c.Numeric(fitted.(pgtypes.Numeric))
		}
	case n.logical == "uuid" && t.OID == pgtypes.OIDUUID && n.kind == avroFixed:
		return func(r *avroReader, c *batch.Column) error {
			c.Fixed(append(make([]byte, 0, 16), r.take(16)...))
			return nil
		}
	case n.logical == "duration" && t.OID == pgtypes.OIDInterval && t.Typmod < 0:
		return func(r *avroReader, c *batch.Column) error { return c.Datum(t, r.duration()) }
	case n.logical == "date" && t.OID == pgtypes.OIDDate,
		n.logical == "time-millis" && t.OID == pgtypes.OIDTime, n.logical == "time-micros" && t.OID == pgtypes.OIDTime,
		n.kind == avroLong && n.logical != "time-micros" && zoned:
		unit := n.micros()
		return func(r *avroReader, c *batch.Column) error {
			v := r.long()
			if r.err != nil {
				return r.err
			}
			return appendEpoch(c, t, v, unit)
		}
	case n.logical == "uuid" && n.kind == avroString && t.OID == pgtypes.OIDText:
		return straight(&avroNode{kind: avroString}, t)
	case t.OID == pgtypes.OIDBytea:
		return straight(&avroNode{kind: n.kind, size: n.size}, t)
	case t.OID == pgtypes.OIDInt8:
		return straight(&avroNode{kind: n.kind}, t)
	}
	return nil
}

var errAvroRest = pgerr.New(pgerr.DataCorrupted, "the Avro message is damaged: bytes behind its end").
	WithHint("The message may have a frame, or another schema: see framing and avro_schema.")
