package operator

import (
	"context"
	"sort"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// frame finds the window frame of one position after the other. lo and hi bound
// it; the excluded rows lie between out and outEnd, but for kept.
type frame struct {
	w          *windowRows
	def        translate.Frame
	start, end pgtypes.Datum // offsets
	groups     []int32       // for GROUPS: the first position of each peer group, and the end
	groupOf    []int32       // of each position

	at, lo, hi  int64
	out, outEnd int64
	kept        int64 // a row that EXCLUDE TIES keeps, -1 for none

	context *eval.Context
	err     error // of a bound that could not be computed
}

func (w *windowRows) newFrame(ctx context.Context, c *windowCall) (*frame, error) {
	f := &frame{w: w, def: c.item.Frame, kept: -1, context: w.sc.query.env.Eval.Fork()}
	var err error
	if f.start, err = w.offset(ctx, c, c.start, "starting"); err != nil {
		return nil, err
	}
	if f.end, err = w.offset(ctx, c, c.end, "ending"); err != nil {
		return nil, err
	}
	if f.def.Mode == translate.FrameGroups {
		f.findGroups()
	}
	if f.def.Mode == translate.FrameRange && (f.start != nil || f.end != nil) {
		return f, f.checkRange()
	}
	return f, nil
}

// offset evaluates a bound's offset, which has no columns.
func (w *windowRows) offset(ctx context.Context, c *windowCall, e *exprs, which string) (pgtypes.Datum, error) {
	if e == nil {
		return nil, nil
	}
	value, err := e.constant(ctx, w.sc)
	if err != nil {
		return nil, err
	}
	negative := false
	switch v := value.(type) {
	case nil:
		return nil, pgerr.New(pgerr.NullValueNotAllowed, "frame %s offset must not be null", which)
	case int64:
		negative = v < 0
	case int32:
		value, negative = int64(v), v < 0
	case float64:
		negative = v < 0 || v != v
	case pgtypes.Interval:
		negative = v.Cmp(pgtypes.Interval{}) < 0
	case pgtypes.Numeric:
		negative = v.IsNaN() || v.Sign() < 0
	}
	if negative && c.item.Frame.Mode == translate.FrameRange {
		return nil, pgerr.New("22013", "invalid preceding or following size in window function")
	}
	if negative {
		return nil, pgerr.New("22013", "frame %s offset must not be negative", which)
	}
	return value, nil
}

func (f *frame) findGroups() {
	n := len(f.w.order)
	f.groupOf = make([]int32, n)
	for i := range n {
		if int(f.w.peerFirst[i]) == i {
			f.groups = append(f.groups, int32(i))
		}
		f.groupOf[i] = int32(len(f.groups) - 1)
	}
	f.groups = append(f.groups, int32(n))
}

// checkRange refuses the types whose RANGE offsets are not known here.
func (f *frame) checkRange() error {
	if len(f.w.op.specs) != 1 {
		return pgerr.New(pgerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	}
	if eval.Moves(f.w.orderCols()[0].Type.OID) {
		return nil
	}
	switch f.w.orderCols()[0].Form {
	case vector.FormInt32, vector.FormInt64, vector.FormFloat64:
		for _, d := range []pgtypes.Datum{f.start, f.end} {
			switch d.(type) {
			case nil, int64, float64:
			default:
				return pgerr.Unsupported("RANGE with an offset of this type is not supported yet")
			}
		}
		return nil
	}
	return pgerr.Unsupported("RANGE with an offset over a column of type %s is not supported yet",
		pgtypes.FormatType(f.w.orderCols()[0].Type))
}

// set moves to position i.
func (f *frame) set(i int) {
	f.at = int64(i)
	first, end := int64(f.w.partFirst[i]), int64(f.w.partEnd[i])
	f.lo = min(max(f.bound(i, f.def.Start, f.start, true), first), end)
	f.hi = max(min(f.bound(i, f.def.End, f.end, false), end), f.lo)
	f.exclude(i)
}

// bound is the first position in the frame (low), or the one after its last.
func (f *frame) bound(i int, b translate.FrameBound, offset pgtypes.Datum, low bool) int64 {
	switch b.Kind {
	case translate.UnboundedPreceding:
		return int64(f.w.partFirst[i])
	case translate.UnboundedFollowing:
		return int64(f.w.partEnd[i])
	}
	switch f.def.Mode {
	case translate.FrameRows:
		at := int64(i) + signed(b.Kind, offset)
		if low {
			return at
		}
		return at + 1
	case translate.FrameGroups:
		return f.groupBound(i, signed(b.Kind, offset), low)
	}
	if b.Kind == translate.CurrentRow {
		if low {
			return int64(f.w.peerFirst[i])
		}
		return int64(f.w.peerEnd[i])
	}
	return f.rangeBound(i, b.Kind, offset, low)
}

// signed is how far a bound lies ahead of the current row.
func signed(kind translate.FrameBoundKind, offset pgtypes.Datum) int64 {
	n, _ := offset.(int64)
	// Beyond any partition, and safe to add to a position.
	n = min(n, 1<<40)
	switch kind {
	case translate.OffsetPreceding:
		return -n
	case translate.OffsetFollowing:
		return n
	}
	return 0
}

func (f *frame) groupBound(i int, offset int64, low bool) int64 {
	g := int64(f.groupOf[i]) + offset
	if !low {
		g++
	}
	g = min(max(g, 0), int64(len(f.groups)-1))
	return int64(f.groups[g])
}

// rangeBound searches the partition for the first key that is not before (low),
// or is behind, the current key moved by the offset. NULLs are each other's peers.
func (f *frame) rangeBound(i int, kind translate.FrameBoundKind, offset pgtypes.Datum, low bool) int64 {
	key, spec := f.w.orderCols()[0], f.w.op.specs[0]
	row := int(f.w.order[i])
	if key.IsNull(row) {
		if low {
			return int64(f.w.peerFirst[i])
		}
		return int64(f.w.peerEnd[i])
	}
	back := (kind == translate.OffsetPreceding) != spec.descending
	first, end := int(f.w.partFirst[i]), int(f.w.partEnd[i])
	compare := func(other int) int { return compareMoved(key, other, row, offset, back) }
	if oid := key.Type.OID; eval.Moves(oid) {
		// An edge beyond the type's range is an error, as in PostgreSQL.
		edge, err := eval.Move(oid, vector.Get(key, row), offset, back, f.context)
		if err != nil {
			f.err = err
			return int64(first)
		}
		compare = func(other int) int { return eval.CompareMoved(oid, vector.Get(key, other), edge) }
	}
	at := sort.Search(end-first, func(k int) bool {
		other := int(f.w.order[first+k])
		if key.IsNull(other) {
			return !spec.nullsFirst
		}
		c := compare(other)
		if spec.descending {
			c = -c
		}
		return c > 0 || low && c == 0
	})
	return int64(first + at)
}

// compareMoved compares the key of row i with that of row j moved by offset.
func compareMoved(key *vector.Vector, i, j int, offset pgtypes.Datum, back bool) int {
	if key.Form == vector.FormFloat64 {
		move, ok := offset.(float64)
		if n, whole := offset.(int64); whole && !ok {
			move = float64(n)
		}
		if back {
			move = -move
		}
		return vector.CompareFloat(key.F64[i], key.F64[j]+move)
	}
	move, _ := offset.(int64)
	m := vector.Int128Of(move)
	if back {
		m = m.Neg()
	}
	return vector.Int128Of(intAt(key, i)).Cmp(vector.Int128Of(intAt(key, j)).Add(m))
}

// exclude finds the rows that EXCLUDE takes out.
func (f *frame) exclude(i int) {
	f.out, f.outEnd, f.kept = 0, 0, -1
	switch f.def.Exclude {
	case translate.ExcludeCurrentRow:
		f.out, f.outEnd = int64(i), int64(i)+1
	case translate.ExcludeGroup, translate.ExcludeTies:
		f.out, f.outEnd = int64(f.w.peerFirst[i]), int64(f.w.peerEnd[i])
		if f.def.Exclude == translate.ExcludeTies {
			f.kept = int64(i)
		}
	}
}

func (f *frame) has(at int64) bool {
	return at >= f.lo && at < f.hi && (at < f.out || at >= f.outEnd || at == f.kept)
}

// nth is the n-th position of the frame, -1 if there is none.
func (f *frame) nth(n int64) int64 {
	if f.def.Exclude == translate.ExcludeNoOthers {
		if f.lo+n-1 < f.hi {
			return f.lo + n - 1
		}
		return -1
	}
	for at := f.lo; at < f.hi; at++ {
		if f.has(at) {
			if n--; n == 0 {
				return at
			}
		}
	}
	return -1
}

// last is the last position of the frame, -1 if it is empty.
func (f *frame) last() int64 {
	for at := f.hi - 1; at >= f.lo; at-- {
		if f.has(at) {
			return at
		}
	}
	return -1
}
