package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// limitOp is LIMIT and OFFSET; with ties also WITH TIES, over an ordered input.
type limitOp struct {
	input         operator
	count, offset *exprs // nil for none
	ties          *exprs // what rows after the last must equal; nil without WITH TIES
}

func (o *limitOp) columns() []translate.Column { return o.input.columns() }

func (o *limitOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	count, offset, err := limitBounds(ctx, sc, o.count, o.offset)
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return []stream{emptyStream{}}, nil
	}
	streams, err := o.input.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	s := &limitStream{input: sc.gather(streams), left: count, skip: offset}
	if o.ties != nil {
		s.ties = o.ties.start(sc)
	}
	return []stream{s}, nil
}

// limitBounds evaluates LIMIT and OFFSET; count is -1 for none.
func limitBounds(ctx context.Context, sc *scope, count, offset *exprs) (int64, int64, error) {
	n, err := bound(ctx, sc, count, -1)
	if err != nil {
		return 0, 0, err
	}
	if n < -1 {
		return 0, 0, pgerr.New(pgerr.InvalidRowCountInLimitClause, "LIMIT must not be negative")
	}
	skip, err := bound(ctx, sc, offset, 0)
	if err != nil {
		return 0, 0, err
	}
	if skip < 0 {
		return 0, 0, pgerr.New(pgerr.InvalidRowCountInOffsetClause, "OFFSET must not be negative")
	}
	return n, skip, nil
}

// bound is a bigint expression's value; none without one, and for NULL. What is
// negative comes out below -1, so that it is not taken for none.
func bound(ctx context.Context, sc *scope, e *exprs, none int64) (int64, error) {
	if e == nil {
		return none, nil
	}
	value, err := e.constant(ctx, sc)
	if value == nil || err != nil {
		return none, err
	}
	n, ok := value.(int64)
	if !ok {
		return 0, pgerr.Internal("a row count of Go type %T", value)
	}
	if n < 0 {
		n = -2
	}
	return n, nil
}

type limitStream struct {
	input stream
	left  int64 // rows to pass, -1 for all
	skip  int64
	ties  *exprRun
	keys  []*vector.Vector // of the current batch, once left is 0
	last  []*vector.Vector // the last row passed: one value each
	sel   []int32
	done  bool
}

func (s *limitStream) next(ctx context.Context) (*vector.Batch, error) {
	for !s.done {
		if s.left == 0 && s.last == nil {
			break
		}
		b, err := s.input.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if s.left == 0 {
			return s.tied(ctx, b)
		}
		ok, err := s.take(ctx, b)
		if err != nil {
			return nil, err
		}
		if ok {
			return b, nil
		}
	}
	s.close()
	return nil, nil
}

// take cuts b to what passes; false if nothing does.
func (s *limitStream) take(ctx context.Context, b *vector.Batch) (bool, error) {
	n := int64(b.Count())
	if n <= s.skip {
		s.skip -= n
		return false, nil
	}
	from, to := s.skip, n
	s.skip = 0
	if s.left >= 0 && to-from >= s.left {
		to = from + s.left
	}
	whole := *b
	s.cut(b, from, to)
	if s.left < 0 {
		return true, nil
	}
	s.left -= to - from
	if s.left > 0 || s.ties == nil {
		return true, nil
	}
	if err := s.remember(ctx, &whole, to-1); err != nil {
		return true, err
	}
	s.extend(b, &whole, to, n)
	return true, nil
}

// cut keeps the selected rows from to to.
func (s *limitStream) cut(b *vector.Batch, from, to int64) {
	if b.Sel != nil {
		b.Sel = b.Sel[from:to]
		return
	}
	if from == 0 && to == int64(b.Rows) {
		return
	}
	s.sel = s.sel[:0]
	for i := from; i < to; i++ {
		s.sel = append(s.sel, int32(i))
	}
	b.Sel = s.sel
}

// rowAt is the i-th row of b that exists.
func rowAt(b *vector.Batch, i int64) int {
	if b.Sel != nil {
		return int(b.Sel[i])
	}
	return int(i)
}

// remember keeps the keys of the last row that LIMIT itself passes.
func (s *limitStream) remember(ctx context.Context, b *vector.Batch, i int64) error {
	keys, err := s.ties.eval(ctx, b)
	if err != nil {
		return err
	}
	s.keys = keys
	for _, key := range keys {
		v := &vector.Vector{}
		vector.Copy(v, key, []int32{int32(rowAt(b, i))}, 1)
		s.last = append(s.last, v)
	}
	return nil
}

// extend passes the rows of whole after to that tie with the last.
func (s *limitStream) extend(b, whole *vector.Batch, to, n int64) {
	if to == n {
		return
	}
	sel := append([]int32(nil), b.Sel...)
	for i := to; i < n && !s.done; i++ {
		if !s.isTie(rowAt(whole, i)) {
			s.done = true
			break
		}
		sel = append(sel, int32(rowAt(whole, i)))
	}
	b.Sel = sel
}

// isTie tells whether a row of the current batch equals the last by the keys.
func (s *limitStream) isTie(row int) bool {
	for i, key := range s.keys {
		if !vector.EqualRows(key, row, s.last[i], 0) {
			return false
		}
	}
	return true
}

// tied cuts a later batch to the rows that still tie; nil at the end.
func (s *limitStream) tied(ctx context.Context, b *vector.Batch) (*vector.Batch, error) {
	keys, err := s.ties.eval(ctx, b)
	if err != nil {
		return nil, err
	}
	s.keys = keys
	for i := range int64(b.Count()) {
		if s.isTie(rowAt(b, i)) {
			continue
		}
		s.done = true
		if i == 0 {
			return nil, nil
		}
		s.cut(b, 0, i)
		break
	}
	return b, nil
}

func (s *limitStream) close() { s.input.close() }
