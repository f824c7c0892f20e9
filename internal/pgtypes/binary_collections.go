package pgtypes

import (
	"encoding/binary"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

func appendArrayBinary(dst []byte, a Array) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(a.Dims)))
	hasNull := uint32(0)
	if a.HasNull() {
		hasNull = 1
	}
	dst = binary.BigEndian.AppendUint32(dst, hasNull)
	dst = binary.BigEndian.AppendUint32(dst, a.ElementType)
	for _, d := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Length))
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Lower))
	}
	var err error
	for _, e := range a.Elements {
		if dst, err = appendSized(dst, Of(a.ElementType), e); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// appendSized appends a value after its length, -1 for NULL.
func appendSized(dst []byte, t Type, v Datum) ([]byte, error) {
	if v == nil {
		return append(dst, 0xff, 0xff, 0xff, 0xff), nil
	}
	at := len(dst)
	dst, err := AppendBinary(append(dst, 0, 0, 0, 0), t, v)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

func appendRecordBinary(dst []byte, r Record) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Fields)))
	var err error
	for i, v := range r.Fields {
		dst = binary.BigEndian.AppendUint32(dst, r.Types[i])
		if dst, err = appendSized(dst, Of(r.Types[i]), v); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// wireReader takes bytes off a message.
type wireReader struct {
	b   []byte
	err error
}

func (r *wireReader) int32() int32 {
	if len(r.b) < 4 {
		if r.err == nil {
			r.err = errInsufficientData()
		}
		return 0
	}
	v := int32(binary.BigEndian.Uint32(r.b))
	r.b = r.b[4:]
	return v
}

// sized takes a length and so many bytes; nil is NULL.
func (r *wireReader) sized() []byte {
	n := r.int32()
	if r.err != nil || n == -1 {
		return nil
	}
	if n < 0 || int(n) > len(r.b) {
		r.err = errInsufficientData()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func receiveArray(oid uint32, b []byte) (Array, error) {
	r := &wireReader{b: b}
	ndim, flags, element := r.int32(), r.int32(), uint32(r.int32())
	switch {
	case r.err != nil:
		return Array{}, r.err
	case ndim < 0:
		return Array{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid number of dimensions: %d", ndim)
	case ndim > maxDimensions:
		return Array{}, errTooManyDimensions(int(ndim))
	case flags != 0 && flags != 1:
		return Array{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid array flags")
	}
	if want, ok := ElementType(oid); ok && want != element {
		return Array{}, pgerr.New(pgerr.DatatypeMismatch,
			"binary data has array element type %d (%s) instead of expected %d (%s)",
			element, FormatType(Of(element)), want, FormatType(Of(want)))
	}
	a := Array{ElementType: element}
	total := int64(1)
	for range ndim {
		d := ArrayDim{Length: r.int32(), Lower: r.int32()}
		if r.err == nil && (d.Length < 0 || int64(d.Lower)+int64(d.Length) > 1<<31-1) {
			return Array{}, pgerr.New(pgerr.ProgramLimitExceeded, "array lower bound is too large: %d", d.Lower)
		}
		if total *= int64(d.Length); total > 1<<27 {
			return Array{}, errArrayTooLarge()
		}
		a.Dims = append(a.Dims, d)
	}
	if r.err != nil {
		return Array{}, r.err
	}
	if ndim == 0 || total == 0 {
		if oid != OIDInt2Vector && oid != OIDOidVector {
			a.Dims = nil
		}
		return a, r.done()
	}
	return r.arrayElements(a, int(total))
}

func errArrayTooLarge() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)")
}

func (r *wireReader) done() error {
	if r.err == nil && len(r.b) > 0 {
		return errTrailingData()
	}
	return r.err
}

func (r *wireReader) arrayElements(a Array, total int) (Array, error) {
	// Each element takes four bytes at least: a lying count allocates nothing.
	if total > len(r.b)/4 {
		return Array{}, errInsufficientData()
	}
	a.Elements = make([]Datum, total)
	for i := range a.Elements {
		field := r.sized()
		if r.err != nil {
			return Array{}, r.err
		}
		if field == nil {
			continue
		}
		v, err := receive(a.ElementType, field)
		if err != nil {
			return Array{}, err
		}
		a.Elements[i] = v
	}
	return a, r.done()
}

// receiveRecord trusts the OIDs sent along: the types of an anonymous record.
func receiveRecord(b []byte) (Record, error) {
	r := &wireReader{b: b}
	n := r.int32()
	if r.err != nil {
		return Record{}, r.err
	}
	if n < 0 || int(n) > len(r.b)/8 {
		return Record{}, errInsufficientData()
	}
	rec := Record{Types: make([]uint32, n), Fields: make([]Datum, n)}
	for i := range n {
		rec.Types[i] = uint32(r.int32())
		field := r.sized()
		if r.err != nil {
			return Record{}, r.err
		}
		if field == nil {
			continue
		}
		v, err := receive(rec.Types[i], field)
		if err != nil {
			return Record{}, err
		}
		rec.Fields[i] = v
	}
	return rec, r.done()
}
