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
	s := newSetOpStream(o, sc, 0)
	right, err := o.right.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	typed := &pickStream{stream: sc.gather(right), cols: o.cols, from: o.rightCols}
	err = sc.drain(ctx, []stream{typed}, func(_ int, b *vector.Batch) error { return s.count(b) })
	if err != nil {
		s.close()
		return nil, err
	}
	left, err := o.left.open(ctx, sc, want)
	if err != nil {
		s.close()
		return nil, err
	}
	s.start(&pickStream{stream: sc.gather(left), cols: o.cols, from: o.leftCols})
	return []stream{s}, nil
}

// setOpStream passes left rows. Once its table is full, rows of values that are not in
// it go to disk and are passed at the end, part by part.
type setOpStream struct {
	op      *setOp
	sc      *scope
	input   stream
	account *account
	table   *keyTable
	counts  []int64 // right rows of each value that are not used up
	seen    []bool  // values already passed
	keys    keyBatch
	groups  []int32
	fresh   []int32
	sel     []int32
	absent  []int32 // rows of values that are not in a full table

	depth int
	spill *setOpSpill  // set when the table is full
	part  *setOpStream // of spill, when the input is at its end
}

func newSetOpStream(o *setOp, sc *scope, depth int) *setOpStream {
	return &setOpStream{
		op: o, sc: sc, depth: depth, input: emptyStream{},
		account: sc.query.account("a set operation", o.stats), table: newGroupTable(o.classes),
	}
}

// start gives the stream its left rows, after all right ones were counted.
func (s *setOpStream) start(input stream) {
	s.input = input
	s.seen = make([]bool, len(s.counts))
}

// count takes right rows.
func (s *setOpStream) count(b *vector.Batch) error {
	if err := s.find(b); err != nil {
		return err
	}
	for _, g := range s.groups {
		if g >= 0 {
			s.counts[g]++
		}
	}
	if len(s.absent) == 0 {
		return nil
	}
	return s.spill.add(&s.spill.right, b.Cols, s.absent, b.Rows)
}

// find gives the value group of each row that exists, and lists the rows that have
// none as the table is full.
func (s *setOpStream) find(b *vector.Batch) error {
	s.absent = s.absent[:0]
	if s.spill != nil {
		s.lookup(b)
		return nil
	}
	before := s.table.size()
	s.keys.loadKeys(s.table, b.Cols, b.Sel, b.Rows)
	s.groups = resizeInts(s.groups, s.keys.n)
	s.fresh = s.table.insert(&s.keys, s.groups, s.fresh)
	grown := s.table.size() - before + 9*int64(s.table.groups-len(s.counts))
	for len(s.counts) < s.table.groups {
		s.counts = append(s.counts, 0)
	}
	if s.account.grow(grown) {
		return nil
	}
	if s.depth >= maxSpillDepth {
		return s.account.need(grown)
	}
	// What is in the table stays: with one batch at least, each partition is smaller.
	s.spill = newSetOpSpill(s.sc, s.op, s.depth)
	return nil
}

// lookup is find in a full table.
func (s *setOpStream) lookup(b *vector.Batch) {
	s.keys.load(s.table, b.Cols, b.Sel, b.Rows)
	s.groups = resizeInts(s.groups, s.keys.n)
	s.table.lookup(&s.keys, s.groups)
	rows := s.keys.selected(b.Sel, b.Rows)
	for j, g := range s.groups {
		if g < 0 {
			s.absent = append(s.absent, rows[j])
		}
	}
}

func (s *setOpStream) next(ctx context.Context) (*vector.Batch, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.table == nil {
			return s.nextPart(ctx)
		}
		b, err := s.input.next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			s.finish()
			continue
		}
		if b, err = s.pass(b); b != nil || err != nil {
			return b, err
		}
	}
}

// pass gives the left rows of a batch that come out.
func (s *setOpStream) pass(b *vector.Batch) (*vector.Batch, error) {
	if err := s.find(b); err != nil {
		return nil, err
	}
	for len(s.seen) < len(s.counts) {
		s.seen = append(s.seen, false)
	}
	rows := s.keys.selected(b.Sel, b.Rows)
	s.sel = s.sel[:0]
	for j, g := range s.groups {
		if g >= 0 && s.passes(g) {
			s.sel = append(s.sel, rows[j])
		}
	}
	if len(s.absent) > 0 {
		if err := s.spill.add(&s.spill.left, b.Cols, s.absent, b.Rows); err != nil {
			return nil, err
		}
	}
	if len(s.sel) == 0 {
		return nil, nil
	}
	b.Sel = s.sel
	return b, nil
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

// finish frees the table, for the partitions to have the memory.
func (s *setOpStream) finish() {
	s.input.close()
	s.table, s.counts, s.seen = nil, nil, nil
	s.account.close()
}

// nextPart gives the rows of the partitions, one after the other.
func (s *setOpStream) nextPart(ctx context.Context) (*vector.Batch, error) {
	for s.spill != nil {
		if s.part == nil {
			part, err := s.spill.next(ctx)
			if part == nil || err != nil {
				return nil, err
			}
			s.part = part
		}
		b, err := s.part.next(ctx)
		if b != nil || err != nil {
			return b, err
		}
		s.part.close()
		s.part = nil
	}
	return nil, nil
}

func (s *setOpStream) close() {
	s.input.close()
	if s.part != nil {
		s.part.close()
	}
	if s.spill != nil {
		s.spill.close()
	}
	s.account.close()
}
