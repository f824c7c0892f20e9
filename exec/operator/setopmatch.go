package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// setOp is INTERSECT or EXCEPT: it counts the right side's rows by value and
// passes the left's rows against the counts.
type setOp struct {
	kind                translate.SetOpKind
	all                 bool
	left, right         operator
	leftCols, rightCols []int
	cols                []translate.Column
	classes             []keyClass
	stats               *Stats
}

func (o *setOp) columns() []translate.Column { return o.cols }

func (o *setOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	s := &setOpStream{op: o, account: sc.query.account("a set operation", o.stats), table: newGroupTable(o.classes)}
	right, err := o.right.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	err = sc.drain(ctx, []stream{sc.gather(right)}, func(_ int, b *vector.Batch) error {
		if err := s.find(b, o.rightCols); err != nil {
			return err
		}
		for _, g := range s.groups {
			s.counts[g]++
		}
		return nil
	})
	if err != nil {
		s.account.close()
		return nil, err
	}
	left, err := o.left.open(ctx, sc, want)
	if err != nil {
		s.account.close()
		return nil, err
	}
	s.input = &pickStream{stream: sc.gather(left), cols: o.cols, from: o.leftCols}
	s.seen = make([]bool, len(s.counts))
	return []stream{s}, nil
}

// setOpStream passes left rows.
type setOpStream struct {
	op      *setOp
	input   stream
	account *account
	table   *keyTable
	counts  []int64 // right rows of each value that are not used up
	seen    []bool  // values already passed
	keys    keyBatch
	groups  []int32
	fresh   []int32
	sel     []int32
	vectors []*vector.Vector
}

// find gives the value group of each row that exists.
func (s *setOpStream) find(b *vector.Batch, cols []int) error {
	s.vectors = s.vectors[:0]
	for _, c := range cols {
		s.vectors = append(s.vectors, b.Cols[c])
	}
	before := s.table.size()
	s.keys.loadKeys(s.table, s.vectors, b.Sel, b.Rows)
	s.groups = resizeInts(s.groups, s.keys.n)
	s.fresh = s.table.insert(&s.keys, s.groups, s.fresh)
	grown := s.table.size() - before + 9*int64(s.table.groups-len(s.counts))
	for len(s.counts) < s.table.groups {
		s.counts = append(s.counts, 0)
	}
	return s.account.need(grown)
}

func (s *setOpStream) next(ctx context.Context) (*vector.Batch, error) {
	cols := allColumns(len(s.op.cols))
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := s.input.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if err := s.find(b, cols); err != nil {
			return nil, err
		}
		for len(s.seen) < len(s.counts) {
			s.seen = append(s.seen, false)
		}
		rows := s.keys.selected(b.Sel, b.Rows)
		s.sel = s.sel[:0]
		for j, g := range s.groups {
			if s.passes(g) {
				s.sel = append(s.sel, rows[j])
			}
		}
		if len(s.sel) > 0 {
			b.Sel = s.sel
			return b, nil
		}
	}
}

func allColumns(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// passes decides about one left row of a value.
func (s *setOpStream) passes(g int32) bool {
	in := s.counts[g] > 0
	if s.op.all {
		if in {
			s.counts[g]--
		}
		return in == (s.op.kind == translate.Intersect)
	}
	if s.seen[g] || in != (s.op.kind == translate.Intersect) {
		return false
	}
	s.seen[g] = true
	return true
}

func (s *setOpStream) close() {
	s.input.close()
	s.account.close()
}
