package delta

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// deletionVector says where the positions of a file's deleted rows are.
type deletionVector struct {
	Storage     string `json:"storageType"`    // u: a file by its UUID, p: by its path, i: inline
	Inline      string `json:"pathOrInlineDv"` // in Z85
	Offset      *int32 `json:"offset,omitempty"`
	Size        int32  `json:"sizeInBytes"`
	Cardinality int64  `json:"cardinality"`
}

// Magic numbers of the two forms of a bitmap: the one that Delta's own library writes
// now is roaring's portable 64-bit form, the other is of before it.
const (
	portableMagic = 1681511377
	nativeMagic   = 1681511376
)

// mostVector bounds a vector's size in memory: that of one for a billion rows.
const mostVector = 1 << 30

var errVector = errors.New("the deletion vector is damaged")

// deleted reads a vector's positions.
func (b *Backend) deleted(ctx context.Context, folder string, v *deletionVector) (*roaring64.Bitmap, error) {
	if v.Size < 0 || int64(v.Size) > mostVector {
		return nil, pgerr.New(pgerr.FdwError, "%v: its size is %d", errVector, v.Size)
	}
	if v.Storage == "i" {
		raw, err := decodeZ85(v.Inline, int(v.Size))
		if err != nil {
			return nil, pgerr.New(pgerr.FdwError, "%v: %v", errVector, err)
		}
		return v.bitmap(raw)
	}
	key, err := b.vectorKey(folder, v)
	if err != nil {
		return nil, err
	}
	cached := "vector|" + fileKey(key, v)
	if known, ok := b.known.GetIfPresent(cached); ok {
		return known.(*roaring64.Bitmap), nil
	}
	raw, err := b.vectorBytes(ctx, key, v)
	if err != nil {
		return nil, err
	}
	bitmap, err := v.bitmap(raw)
	if err != nil {
		return nil, inFile(key, err)
	}
	b.known.Set(cached, bitmap)
	return bitmap, nil
}

// vectorKey finds a vector's file. The UUID stands in Z85 after a folder of random
// characters, if there is one.
func (b *Backend) vectorKey(folder string, v *deletionVector) (string, error) {
	switch v.Storage {
	case "p":
		return b.store.dataKey(folder, v.Inline)
	case "u":
		const length = 20
		if len(v.Inline) < length {
			return "", pgerr.New(pgerr.FdwError, "%v: %q names no file", errVector, v.Inline)
		}
		prefix := v.Inline[:len(v.Inline)-length]
		id, err := decodeZ85(v.Inline[len(prefix):], 16)
		if err != nil {
			return "", pgerr.New(pgerr.FdwError, "%v: %v", errVector, err)
		}
		h := hex.EncodeToString(id)
		if prefix != "" {
			prefix += "/"
		}
		return folder + prefix + "deletion_vector_" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:] + ".bin", nil
	default:
		return "", pgerr.Unsupported("deletion vectors of storage type %q are not supported", v.Storage)
	}
}

// vectorBytes reads a vector of a file: its size, the bitmap, and the bitmap's CRC-32.
func (b *Backend) vectorBytes(ctx context.Context, key string, v *deletionVector) ([]byte, error) {
	at := int64(1) // after the version byte
	if v.Offset != nil {
		at = int64(*v.Offset)
	}
	if at < 0 {
		return nil, pgerr.New(pgerr.FdwError, "file %q: %v: its offset is %d", key, errVector, at)
	}
	o, found, err := b.store.stat(ctx, key)
	if err == nil && !found {
		err = b.store.readError(key, fs.ErrNotExist)
	}
	if err == nil && o.Size < at+int64(v.Size)+8 {
		err = pgerr.New(pgerr.FdwError, "file %q: %v: it is cut short", key, errVector)
	}
	if err != nil {
		return nil, err
	}
	src, _, err := b.store.openObject(ctx, key, o.Size)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	raw := make([]byte, int(v.Size)+8)
	if n, err := src.ReadAt(raw, at); err != nil && (n < len(raw) || !errors.Is(err, io.EOF)) {
		return nil, b.store.readError(key, err)
	}
	body, err := checkedVector(raw, int(v.Size))
	if err != nil {
		return nil, pgerr.New(pgerr.FdwError, "file %q: %v", key, err)
	}
	return body, nil
}

// checkedVector takes the frame of a stored vector off.
func checkedVector(raw []byte, size int) ([]byte, error) {
	if size < 0 || len(raw) != size+8 || int(binary.BigEndian.Uint32(raw)) != size {
		return nil, errors.Join(errVector, errors.New("its stored size is another than the log's"))
	}
	body := raw[4 : 4+size]
	if binary.BigEndian.Uint32(raw[4+size:]) != crc32.ChecksumIEEE(body) {
		return nil, errors.Join(errVector, errors.New("its checksum is wrong"))
	}
	return body, nil
}

// bitmap decodes and checks the number of positions.
func (v *deletionVector) bitmap(raw []byte) (*roaring64.Bitmap, error) {
	bitmap, err := decodeBitmap(raw)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwError, "%v: %v", errVector, err)
	}
	if n := bitmap.GetCardinality(); v.Cardinality < 0 || n != uint64(v.Cardinality) {
		return nil, pgerr.New(pgerr.FdwError, "%v: it has %d positions, and %d by the log", errVector, n, v.Cardinality)
	}
	return bitmap, nil
}

// decodeBitmap reads either form.
func decodeBitmap(raw []byte) (bitmap *roaring64.Bitmap, err error) {
	defer func() {
		if p := recover(); p != nil { // roaring's decoding
			err = errors.New("it can not be decoded")
		}
	}()
	if len(raw) < 4 {
		return nil, errors.New("it is too short")
	}
	body := raw[4:]
	switch binary.LittleEndian.Uint32(raw) {
	case portableMagic:
	case nativeMagic:
		if body, err = portable(body); err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("its form is unknown")
	}
	bitmap = roaring64.New()
	if len(body) < 8 || binary.LittleEndian.Uint64(body) > uint64(len(body)) {
		return nil, errors.New("it is too short")
	}
	if _, err := bitmap.ReadFrom(bytes.NewReader(body)); err != nil {
		return nil, err
	}
	if err := bitmap.Validate(); err != nil && !bitmap.IsEmpty() {
		return nil, err
	}
	return bitmap, nil
}

// portable turns the older form, sized bitmaps of 32 bits one after the other, into
// the portable one, which puts a number before each instead.
func portable(body []byte) ([]byte, error) {
	short := errors.New("it is too short")
	if len(body) < 4 {
		return nil, short
	}
	n := binary.LittleEndian.Uint32(body)
	body = body[4:]
	if uint64(n) > uint64(len(body))/4 {
		return nil, short
	}
	out := binary.LittleEndian.AppendUint64(nil, uint64(n))
	for i := range n {
		if len(body) < 4 {
			return nil, short
		}
		size := binary.LittleEndian.Uint32(body)
		body = body[4:]
		if uint64(size) > uint64(len(body)) {
			return nil, short
		}
		out = binary.LittleEndian.AppendUint32(out, i)
		out = append(out, body[:size]...)
		body = body[size:]
	}
	return out, nil
}

// z85 is the alphabet of ZeroMQ's base 85.
const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// decodeZ85 reads five characters as four bytes, and gives size of them: the last
// group may be padded.
func decodeZ85(text string, size int) ([]byte, error) {
	if len(text)%5 != 0 {
		return nil, errors.New("its length is no multiple of five")
	}
	out := make([]byte, 0, len(text)/5*4)
	for i := 0; i < len(text); i += 5 {
		v := uint64(0)
		for j := range 5 {
			digit := bytes.IndexByte([]byte(z85), text[i+j])
			if digit < 0 {
				return nil, errors.New("it has a character that Z85 does not have")
			}
			v = v*85 + uint64(digit)
		}
		if v > 1<<32-1 {
			return nil, errors.New("it has a group that is too large")
		}
		out = binary.BigEndian.AppendUint32(out, uint32(v))
	}
	if size < 0 || size > len(out) {
		return nil, errors.New("it is too short")
	}
	return out[:size], nil
}
