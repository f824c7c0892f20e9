package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
)

// mergeStream merges sorted runs from disk, with a heap of their next rows.
type mergeStream struct {
	in   *sortInput
	heap []*runCursor
	out  *rows
	one  []int32
}

// runCursor is the place in one run.
type runCursor struct {
	reader *spillReader
	batch  *vector.Batch
	row    int
}

func newMerge(in *sortInput) (stream, error) {
	m := &mergeStream{in: in, out: newRows(in.op.cols), one: make([]int32, 1)}
	for _, run := range in.runs {
		reader, err := run.reader()
		if err != nil {
			return nil, err
		}
		c := &runCursor{reader: reader, row: -1}
		more, err := c.advance()
		if err != nil {
			return nil, err
		}
		if more {
			m.heap = append(m.heap, c)
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// advance moves to the next row, false at the end of the run.
func (c *runCursor) advance() (bool, error) {
	c.row++
	if c.batch != nil && c.row < c.batch.Rows {
		return true, nil
	}
	b, err := c.reader.next()
	c.batch, c.row = b, 0
	return b != nil, err
}

// less tells whether a's row comes before b's.
func (m *mergeStream) less(a, b *runCursor) bool {
	first := len(m.in.op.cols)
	for i, spec := range m.in.op.specs {
		x, y := a.batch.Cols[first+i], b.batch.Cols[first+i]
		if c := compareKeys(x, a.row, y, b.row, spec); c != 0 {
			return c < 0
		}
	}
	return false
}

// compareKeys orders two values of one sort key.
func compareKeys(x *vector.Vector, i int, y *vector.Vector, j int, spec sortSpec) int {
	xn, yn := x.IsNull(i), y.IsNull(j)
	if xn || yn {
		switch {
		case xn && yn:
			return 0
		case xn == spec.nullsFirst:
			return -1
		}
		return 1
	}
	c := vector.CompareValues(x, i, y, j)
	if spec.descending {
		return -c
	}
	return c
}

func (m *mergeStream) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heap) {
			return
		}
		if child+1 < len(m.heap) && m.less(m.heap[child+1], m.heap[child]) {
			child++
		}
		if !m.less(m.heap[child], m.heap[i]) {
			return
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}

func (m *mergeStream) next(ctx context.Context) (*vector.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.out.reset(m.in.op.cols)
	for m.out.n < vector.Size && len(m.heap) > 0 {
		top := m.heap[0]
		m.one[0] = int32(top.row)
		m.out.append(top.batch.Cols[:len(m.in.op.cols)], m.one, top.batch.Rows)
		more, err := top.advance()
		if err != nil {
			return nil, err
		}
		if !more {
			last := len(m.heap) - 1
			m.heap[0] = m.heap[last]
			m.heap = m.heap[:last]
		}
		m.down(0)
	}
	if m.out.n == 0 {
		return nil, nil
	}
	return m.out.batch(), nil
}

func (m *mergeStream) close() { m.in.close() }
