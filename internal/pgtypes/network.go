package pgtypes

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Types carried as text (inet, cidr, macaddr, money, tid, pg_lsn, bit strings)
// still have binary forms; these are made from the text and back.

func appendBitBinary(dst []byte, v string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
	for i := 0; i < len(v); i += 8 {
		var b byte
		for j := range 8 {
			b <<= 1
			if i+j < len(v) && v[i+j] == '1' {
				b |= 1
			}
		}
		dst = append(dst, b)
	}
	return dst
}

func receiveBit(b []byte) (string, error) {
	if len(b) < 4 {
		return "", errInsufficientData()
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	b = b[4:]
	if n < 0 {
		return "", pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid length in external bit string")
	}
	if size := (n + 7) / 8; len(b) < size {
		return "", errInsufficientData()
	} else if len(b) > size {
		return "", errTrailingData()
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return string(out), nil
}

// Address families of inet's binary form.
const (
	inetFamily4 = 2
	inetFamily6 = 3
)

// splitInet reads address[/bits].
func splitInet(v string) (addr netip.Addr, bits int, err error) {
	text, mask, hasMask := strings.Cut(v, "/")
	if addr, err = netip.ParseAddr(text); err != nil {
		return addr, 0, errSyntax("inet", v)
	}
	bits = addr.BitLen()
	if hasMask {
		if bits, err = strconv.Atoi(mask); err != nil {
			return addr, 0, errSyntax("inet", v)
		}
	}
	return addr, bits, nil
}

func compareInet(a, b string) int {
	x, xBits, errX := splitInet(a)
	y, yBits, errY := splitInet(b)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	if c := compareInts(x.BitLen(), y.BitLen()); c != 0 {
		return c
	}
	// The network parts first, then the lengths, then the rest.
	px, _ := x.Prefix(min(xBits, yBits))
	py, _ := y.Prefix(min(xBits, yBits))
	if c := px.Addr().Compare(py.Addr()); c != 0 {
		return c
	}
	if c := compareInts(xBits, yBits); c != 0 {
		return c
	}
	return x.Compare(y)
}

func appendNetworkBinary(dst []byte, oid uint32, v string) ([]byte, error) {
	switch oid {
	case OIDInet, OIDCIDR:
		addr, bits, err := splitInet(v)
		if err != nil {
			return nil, err
		}
		family, isCIDR := byte(inetFamily4), byte(b2i(oid == OIDCIDR))
		if addr.Is6() {
			family = inetFamily6
		}
		raw := addr.AsSlice()
		dst = append(dst, family, byte(bits), isCIDR, byte(len(raw)))
		return append(dst, raw...), nil
	case OIDMacaddr:
		var m [6]byte
		if _, err := fmt.Sscanf(v, "%02x:%02x:%02x:%02x:%02x:%02x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]); err != nil {
			return nil, errSyntax("macaddr", v)
		}
		return append(dst, m[:]...), nil
	case OIDMoney:
		cents, err := parseMoney(v)
		return binary.BigEndian.AppendUint64(dst, uint64(cents)), err
	case OIDTid:
		var block uint32
		var offset uint16
		if _, err := fmt.Sscanf(v, "(%d,%d)", &block, &offset); err != nil {
			return nil, errSyntax("tid", v)
		}
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(dst, block), offset), nil
	}
	var high, low uint32
	if _, err := fmt.Sscanf(v, "%X/%X", &high, &low); err != nil {
		return nil, errSyntax("pg_lsn", v)
	}
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, high), low), nil
}

// parseMoney reads what lc_monetary = C prints: -$1,234.50.
func parseMoney(v string) (int64, error) {
	digits := strings.Map(func(r rune) rune {
		if r == '$' || r == ',' || r == '.' {
			return -1
		}
		return r
	}, v)
	cents, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errSyntax("money", v)
	}
	if !strings.Contains(v, ".") {
		cents *= 100
	}
	return cents, nil
}

func appendMoney(cents int64) string {
	sign := ""
	if cents < 0 {
		sign = "-"
	}
	u := magnitude(cents)
	whole := strconv.FormatUint(u/100, 10)
	var grouped []byte
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			grouped = append(grouped, ',')
		}
		grouped = append(grouped, whole[i])
	}
	return fmt.Sprintf("%s$%s.%02d", sign, grouped, u%100)
}

func receiveNetwork(oid uint32, b []byte) (Datum, error) {
	switch oid {
	case OIDInet, OIDCIDR:
		return datum(receiveInet(oid, b))
	case OIDMacaddr:
		return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]), nil
	case OIDMoney:
		return appendMoney(int64(binary.BigEndian.Uint64(b))), nil
	case OIDTid:
		return fmt.Sprintf("(%d,%d)", binary.BigEndian.Uint32(b), binary.BigEndian.Uint16(b[4:])), nil
	}
	return fmt.Sprintf("%X/%X", binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])), nil
}

func receiveInet(oid uint32, b []byte) (string, error) {
	name := TypeName(oid)
	invalid := func(what string) (string, error) {
		return "", pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid %s in external \"%s\" value", what, name)
	}
	if len(b) < 4 {
		return "", errInsufficientData()
	}
	size := 4
	switch b[0] {
	case inetFamily4:
	case inetFamily6:
		size = 16
	default:
		return invalid("address family")
	}
	bits := int(b[1])
	if bits > size*8 {
		return invalid("bits")
	}
	if int(b[3]) != size {
		return invalid("length")
	}
	if len(b) < 4+size {
		return "", errInsufficientData()
	}
	if len(b) > 4+size {
		return "", errTrailingData()
	}
	addr, _ := netip.AddrFromSlice(b[4:])
	if bits == size*8 && oid == OIDInet {
		return addr.String(), nil
	}
	return addr.String() + "/" + strconv.Itoa(bits), nil
}
