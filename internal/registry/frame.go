package registry

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// ConfluentID cuts Confluent's frame off a message: a zero byte and the schema's
// number in four.
func ConfluentID(message []byte) (id int, body []byte, err error) {
	if len(message) < 5 || message[0] != 0 {
		return 0, nil, errFrame("Confluent's frame: a zero byte and the schema's number in four bytes")
	}
	return int(binary.BigEndian.Uint32(message[1:])), message[5:], nil
}

// AppendConfluent begins a message of Confluent's frame.
func AppendConfluent(dst []byte, id int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 0), uint32(id))
}

// mostIndexes bounds how deep messages are nested.
const mostIndexes = 64

// MessageIndexes cuts off what follows the number of a Protobuf schema: which of the
// file's messages it is, and which of those nested in it.
func MessageIndexes(body []byte) (indexes []int, rest []byte, err error) {
	fault := errFrame("Confluent's frame: the indexes of a Protobuf message")
	n, used := binary.Varint(body)
	if used <= 0 || n < 0 || n > mostIndexes {
		return nil, nil, fault
	}
	body = body[used:]
	if n == 0 { // short for the first message
		return []int{0}, body, nil
	}
	for range n {
		index, used := binary.Varint(body)
		if used <= 0 || index < 0 || index > 1<<20 {
			return nil, nil, fault
		}
		indexes, body = append(indexes, int(index)), body[used:]
	}
	return indexes, body, nil
}

// AppendMessageIndexes is MessageIndexes the other way.
func AppendMessageIndexes(dst []byte, indexes []int) []byte {
	if len(indexes) == 1 && indexes[0] == 0 {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(dst, int64(len(indexes)))
	for _, i := range indexes {
		dst = binary.AppendVarint(dst, int64(i))
	}
	return dst
}

// mostInflated bounds a message that a frame says is compressed.
const mostInflated = 256 << 20

// Glue cuts the frame of AWS Glue off a message: a 3, the compression, the schema
// version's UUID. Bodies compressed by zlib are inflated.
func Glue(message []byte) (version [16]byte, body []byte, err error) {
	if len(message) < 18 || message[0] != 3 {
		return version, nil, errFrame("the frame of AWS Glue: a byte 3, the compression, and the schema version's UUID")
	}
	copy(version[:], message[2:18])
	body = message[18:]
	switch message[1] {
	case 0:
		return version, body, nil
	case 5:
		body, err = inflate(body)
		return version, body, err
	default:
		return version, nil, errFrame("the frame of AWS Glue with compression 0 or 5")
	}
}

func inflate(body []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, pgerr.New(pgerr.DataCorrupted, "the message is not zlib's: %v", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, mostInflated+1))
	if err != nil {
		return nil, pgerr.New(pgerr.DataCorrupted, "inflating the message: %v", err)
	}
	if len(plain) > mostInflated {
		return nil, pgerr.New(pgerr.ProgramLimitExceeded, "the message inflates to more than %d MB", mostInflated>>20)
	}
	return plain, nil
}

// AppendGlue begins an uncompressed message of AWS Glue's frame.
func AppendGlue(dst []byte, version [16]byte) []byte {
	return append(append(dst, 3, 0), version[:]...)
}

// VersionText is a version's UUID as people write it.
func VersionText(version [16]byte) string {
	h := hex.EncodeToString(version[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func errFrame(want string) error {
	return pgerr.New(pgerr.DataCorrupted, "the message does not begin with %s", want)
}
