package rowenc

import "math"

// stage writes values beside, one by one, for forms whose lengths are not known before.
func (c *column) stage(from int, lengths []int32) (rows int, err error) {
	c.staged = c.staged[:0]
	if cap(c.staged) > 2*chunkBytes {
		c.staged = nil
	}
	for i := range lengths {
		if c.isNull(from + i) {
			lengths[i] = -1
			continue
		}
		at := len(c.staged)
		if c.staged, err = c.append(c.staged, from+i); err != nil {
			if i > 0 {
				return i, nil // the rows before it are sent, and then the error
			}
			return 0, err
		}
		lengths[i] = int32(min(len(c.staged)-at, math.MaxInt32)) //nolint:gosec // bounded
		if len(c.staged) > chunkBytes {
			return i + 1, nil
		}
	}
	return len(lengths), nil
}

func (c *column) writeStaged(buf []byte, ends []int, lengths []int32) {
	at := 0
	for i, length := range lengths {
		if length < 0 {
			putNull(buf, ends, i)
			continue
		}
		n := int(length)
		putBytes(buf[ends[i]-n:ends[i]], c.staged[at:at+n])
		at += n
		putLength(buf, ends, i, n)
	}
}
