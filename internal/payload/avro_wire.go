package payload

import (
	"encoding/binary"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// avroReader reads Avro's binary form. After a fault it gives zeros; err keeps the
// first.
type avroReader struct {
	data  []byte
	at    int
	depth int
	err   error
}

var errAvroShort = pgerr.New(pgerr.DataCorrupted, "the Avro message ends too early")

func errAvro(format string, args ...any) error {
	return pgerr.New(pgerr.DataCorrupted, "the Avro message is damaged: "+format, args...)
}

func (r *avroReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.at = len(r.data)
}

func (r *avroReader) long() int64 {
	v, n := binary.Varint(r.data[r.at:])
	if n <= 0 {
		r.fail(errAvroShort)
		return 0
	}
	r.at += n
	return v
}

func (r *avroReader) int() int64 {
	v := r.long()
	if int64(int32(v)) != v {
		r.fail(errAvro("an int of more than 32 bits"))
	}
	return v
}

// take gives the next n bytes.
func (r *avroReader) take(n int64) []byte {
	if n < 0 || n > int64(len(r.data)-r.at) {
		r.fail(errAvroShort)
		return nil
	}
	b := r.data[r.at : r.at+int(n)]
	r.at += int(n)
	return b
}

func (r *avroReader) bytes() []byte { return r.take(r.long()) }

func (r *avroReader) bool() bool {
	b := r.take(1)
	return len(b) == 1 && b[0] != 0
}

func (r *avroReader) bits32() uint32 {
	if b := r.take(4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *avroReader) bits64() uint64 {
	if b := r.take(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *avroReader) symbol(n *avroNode) string {
	i := r.int()
	if i < 0 || i >= int64(len(n.symbols)) {
		r.fail(errAvro("symbol %d of enum %s", i, n.name))
		return ""
	}
	return n.symbols[i]
}

func (r *avroReader) branch(n *avroNode) *avroNode {
	i := r.long()
	if i < 0 || i >= int64(len(n.branches)) {
		r.fail(errAvro("branch %d of a union of %d", i, len(n.branches)))
		return &avroNode{kind: avroNull}
	}
	return n.branches[i]
}

// mostEmpty bounds the items of a block that take no bytes, of which a few bytes could
// claim any number.
const mostEmpty = 1 << 20

// blocks calls item for each item of an array or a map.
func (r *avroReader) blocks(item func()) {
	for r.err == nil {
		count := r.long()
		if count == 0 {
			return
		}
		if count < 0 {
			if count = -count; count < 0 {
				r.fail(errAvro("a block of %d items", count))
				return
			}
			r.long() // the block's size, for who skips it
		}
		if count > int64(len(r.data)-r.at) && count > mostEmpty {
			r.fail(errAvro("a block of %d items", count))
			return
		}
		for range count {
			if item(); r.err != nil {
				return
			}
		}
	}
}

// deepest bounds how values nest; recursive types could nest without end.
const deepest = 256

func (r *avroReader) enter() bool {
	if r.depth++; r.depth > deepest {
		r.fail(errAvro("values nested deeper than %d", deepest))
		return false
	}
	return true
}

// skip passes a value.
func (r *avroReader) skip(n *avroNode) {
	switch n.kind {
	case avroNull:
	case avroBoolean:
		r.take(1)
	case avroInt, avroLong, avroEnum:
		r.long()
	case avroFloat:
		r.take(4)
	case avroDouble:
		r.take(8)
	case avroBytes, avroString:
		r.bytes()
	case avroFixed:
		r.take(int64(n.size))
	default:
		if r.enter() {
			r.skipNested(n)
		}
		r.depth--
	}
}

func (r *avroReader) skipNested(n *avroNode) {
	switch n.kind {
	case avroRecord:
		for i := range n.fields {
			r.skip(n.fields[i].node)
		}
	case avroUnion:
		r.skip(r.branch(n))
	case avroArray:
		r.blocks(func() { r.skip(n.items) })
	case avroMap:
		r.blocks(func() { r.bytes(); r.skip(n.items) })
	}
}
