package operator

import (
	"math"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// rows keeps rows in columns that grow.
type rows struct {
	cols []*vector.Vector
	n    int
}

// reset empties r, for rows of columns.
func (r *rows) reset(columns []translate.Column) {
	if r.cols == nil {
		r.cols = make([]*vector.Vector, len(columns))
		for i := range r.cols {
			r.cols[i] = &vector.Vector{}
		}
	}
	for i, c := range columns {
		r.cols[i].Type = c.Type
		r.cols[i].Alloc(vector.FormOf(c.Type.OID), 0)
	}
	r.n = 0
}

func newRows(columns []translate.Column) *rows {
	r := &rows{}
	r.reset(columns)
	return r
}

// append adds the rows of cols that exist: those of sel, or the first n.
func (r *rows) append(cols []*vector.Vector, sel []int32, n int) {
	for i, c := range cols {
		vector.AppendRows(r.cols[i], c, sel, n)
	}
	if sel != nil {
		n = len(sel)
	}
	r.n += n
}

// size is the memory held, in bytes.
func (r *rows) size() int64 {
	var size int64
	for _, c := range r.cols {
		size += c.MemorySize()
	}
	return size
}

// maxHeap keeps a column's strings within what a View can address, with room for
// one more batch.
const maxHeap = math.MaxUint32 - 1<<30

// full tells whether no more rows should be added to r.
func (r *rows) full() bool {
	for _, c := range r.cols {
		if len(c.Heap) > maxHeap {
			return true
		}
	}
	return r.n > math.MaxInt32-1<<20
}

func errTooManyRows(operator string) error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "%s holds too many rows in memory", operator)
}

// batch gives all rows as one batch.
func (r *rows) batch() *vector.Batch {
	return &vector.Batch{Rows: r.n, Cols: append([]*vector.Vector(nil), r.cols...)}
}

// rowsReader gives kept rows in batches of vector.Size, without copying strings.
type rowsReader struct {
	rows  *rows
	at    int
	index []int32
	batch vector.Batch
	cols  []*vector.Vector
}

// next gives the next rows, nil at the end. With order, rows come in that order.
func (s *rowsReader) next(order []int32, total int) *vector.Batch {
	n := min(total-s.at, vector.Size)
	if n <= 0 {
		return nil
	}
	if s.cols == nil {
		s.cols = newVectors(len(s.rows.cols))
	}
	index := s.indexes(order, n)
	for i, c := range s.rows.cols {
		vector.Gather(s.cols[i], c, index)
	}
	s.at += n
	s.batch = vector.Batch{Rows: n, Cols: append(s.batch.Cols[:0], s.cols...)}
	return &s.batch
}

func (s *rowsReader) indexes(order []int32, n int) []int32 {
	if order != nil {
		return order[s.at : s.at+n]
	}
	s.index = s.index[:0]
	for i := range n {
		s.index = append(s.index, int32(s.at+i))
	}
	return s.index
}

// newVectors are n empty vectors.
func newVectors(n int) []*vector.Vector {
	all := make([]vector.Vector, n)
	list := make([]*vector.Vector, n)
	for i := range all {
		list[i] = &all[i]
	}
	return list
}

// appendNull adds a row of NULLs.
func (r *rows) appendNull() {
	for _, c := range r.cols {
		vector.AppendDatum(c, nil)
	}
	r.n++
}
