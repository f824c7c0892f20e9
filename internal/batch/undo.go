package batch

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Len is the number of values of the batch in work.
func (c *Column) Len() int { return c.n }

// Drop takes the last value back, so that a row that turns out to be faulty can be
// left out or be begun again.
func (c *Column) Drop() {
	c.n--
	i, bit := c.n>>3, byte(1)<<(c.n&7)
	if c.valid[i]&bit == 0 {
		c.valid[i] |= bit
		c.nulls--
	}
	switch c.Form {
	case Bytes:
		c.bytes = c.bytes[:c.offsets[c.n]]
	case Bit:
		c.fixed[i] &^= bit
	}
}

// Scratch makes columns of one value each that belong to no batch: values are appended
// and dropped, to see whether they could be.
func Scratch(types ...arrow.DataType) []Column {
	columns := make([]Column, len(types))
	pool := newPool(memory.NewGoAllocator())
	for i, t := range types {
		form := FormOf(t)
		columns[i] = Column{Form: form, Type: t, width: widths[form], pool: pool}
		columns[i].start(2)
	}
	return columns
}
