package rowenc

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

const (
	// chunkRows is how many rows are encoded together: rows of some two hundred bytes,
	// of which every column writes a part in turn, then stay in the L1 cache.
	chunkRows = 128
	// chunkValues bounds what the lengths of a wide result's chunk take.
	chunkValues = 16384
	// chunkBytes ends a chunk early, so that large values are not gathered in numbers.
	chunkBytes = 1 << 20
	// rowHeader is a DataRow's type, length and number of columns.
	rowHeader = 7
)

// chunk is the places of the values of some rows.
type chunk struct {
	lengths []int32 // of the values, column by column; -1 is NULL
	ends    []int   // for each row, where what is still to be written ends
}

// append appends at least one of the rows [from, to) and says how many.
//
// Columns are written from the last to the first, and each value from its end: a store
// of eight bytes may then spill over the value's beginning, because what lies there
// is written later.
func (k *chunk) append(dst []byte, columns []column, from, to int) (out []byte, rows int, err error) {
	rows = min(to-from, chunkRows, max(chunkValues/max(len(columns), 1), 8))
	k.ends = slices.Grow(k.ends[:0], rows)[:rows]
	k.lengths = slices.Grow(k.lengths[:0], rows*len(columns))[:rows*len(columns)]
	stride := rows
	header := rowHeader + 4*len(columns)
	for i := range k.ends {
		k.ends[i] = header
	}
	for i := range columns {
		lengths := k.lengths[i*stride:][:rows]
		if rows, err = columns[i].measure(from, lengths); err != nil {
			return dst, 0, err
		}
		addLengths(k.ends, lengths[:rows])
	}
	rows, total, err := k.place(rows)
	if err != nil {
		return dst, 0, err
	}
	start := len(dst)
	dst = slices.Grow(dst, total)[:start+total]
	ends := k.ends[:rows]
	buf := dst[start:]
	for i := len(columns) - 1; i >= 0; i-- {
		columns[i].write(buf, ends, k.lengths[i*stride:][:rows], from)
	}
	writeHeaders(buf, ends, len(columns))
	return dst, rows, nil
}

func addLengths(sums []int, lengths []int32) {
	sums = sums[:len(lengths)]
	for i, n := range lengths {
		sums[i] += int(max(n, 0))
	}
}

// place turns the sizes of rows into their ends, for as many rows as a chunk takes.
func (k *chunk) place(rows int) (placed, total int, err error) {
	for i, size := range k.ends[:rows] {
		if size-1 > math.MaxInt32 {
			if i > 0 {
				return i, total, nil // the rows before it are sent, and then the error
			}
			return 0, 0, pgerr.New(pgerr.ProgramLimitExceeded, "row of %d bytes is too large for a message", size-1)
		}
		if i > 0 && total+size > chunkBytes {
			return i, total, nil
		}
		total += size
		k.ends[i] = total
	}
	return rows, total, nil
}

// writeHeaders writes what comes before the values. A row's size is what lies between
// its header and the next one's.
func writeHeaders(buf []byte, ends []int, columns int) {
	next := len(buf)
	for i := len(ends) - 1; i >= 0; i-- {
		at := ends[i] - rowHeader
		b := buf[at : at+rowHeader]
		b[0] = 'D'
		binary.BigEndian.PutUint32(b[1:], uint32(next-at-1)) //nolint:gosec // place saw to it
		binary.BigEndian.PutUint16(b[5:], uint16(columns))   //nolint:gosec // at most 1664
		next = at
	}
}
