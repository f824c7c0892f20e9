package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// aggregate runs an aggregate over each row's frame.
func (w *windowRows) aggregate(ctx context.Context, c *windowCall, args []*vector.Vector, filter *vector.Vector, result *vector.Vector) error {
	context := w.sc.query.env.Eval.Fork()
	context.Context = ctx
	agg, err := eval.NewAggregate(&translate.AggCall{Typed: c.item.Call.Typed, Name: c.item.Call.Name, Args: c.item.Call.Args, Star: c.item.Call.Star}, context)
	if err != nil {
		return err
	}
	f, err := w.newFrame(ctx, c)
	if err != nil {
		return err
	}
	r := &frameAggregate{w: w, agg: agg, frame: f, args: args, filter: filter, result: result}
	if f.wholePartition() {
		return r.partitions(ctx)
	}
	agg.Resize(1)
	return r.rows(ctx)
}

// wholePartition tells whether every row's frame is its partition.
func (f *frame) wholePartition() bool {
	return f.def.Exclude == translate.ExcludeNoOthers &&
		f.def.Start.Kind == translate.UnboundedPreceding &&
		(f.def.End.Kind == translate.UnboundedFollowing ||
			f.def.Mode == translate.FrameRange && f.def.End.Kind == translate.CurrentRow && len(f.w.op.specs) == 0)
}

type frameAggregate struct {
	w      *windowRows
	agg    eval.Aggregate
	frame  *frame
	args   []*vector.Vector
	filter *vector.Vector
	result *vector.Vector
	sel    []int32
}

// partitions aggregates each partition once.
func (r *frameAggregate) partitions(ctx context.Context) error {
	n := len(r.w.order)
	groups := make([]uint32, n)
	expand := make([]int32, n)
	count := 0
	for i, row := range r.w.order {
		if int(r.w.partFirst[i]) == i {
			count++
		}
		groups[row] = uint32(count - 1)
		expand[i] = int32(count - 1)
	}
	r.agg.Resize(count)
	for from := 0; from < n; from += vector.Size {
		if err := ctx.Err(); err != nil {
			return err
		}
		// In the window's order, for aggregates that depend on it.
		if err := r.update(groups, int64(from), int64(min(from+vector.Size, n))); err != nil {
			return err
		}
	}
	if count == 0 {
		return nil
	}
	var finals vector.Vector
	if err := r.agg.Final(&finals, 0, count); err != nil {
		return err
	}
	finals.Type = r.result.Type
	vector.Copy(r.result, &finals, expand, count)
	return nil
}

// update folds the rows at positions from to to that pass the filter. An aggregate
// wants its rows one by one where their order is not the table's.
func (r *frameAggregate) update(groups []uint32, from, to int64) error {
	r.sel = r.sel[:0]
	ascending := true
	for at := from; at < to; at++ {
		row := r.w.order[at]
		if r.frame.excluded(at) || r.filter != nil && (r.filter.IsNull(int(row)) || !r.filter.Bool[row]) {
			continue
		}
		if n := len(r.sel); n > 0 && r.sel[n-1] > row {
			ascending = false
		}
		r.sel = append(r.sel, row)
	}
	if len(r.sel) == 0 {
		return nil
	}
	if ascending {
		return r.agg.Update(groups, r.args, r.sel, r.w.kept.n)
	}
	packed := newVectors(len(r.args))
	for i, a := range r.args {
		vector.Gather(packed[i], a, r.sel)
	}
	var byRow []uint32
	if groups != nil {
		byRow = make([]uint32, len(r.sel))
		for i, row := range r.sel {
			byRow[i] = groups[row]
		}
	}
	return r.agg.Update(byRow, packed, nil, len(r.sel))
}

func (f *frame) excluded(at int64) bool {
	return f.def.Exclude != translate.ExcludeNoOthers && !f.has(at)
}

// rows aggregates frame by frame. A frame that only grows at its end is folded
// further; any other starts anew.
func (r *frameAggregate) rows(ctx context.Context) error {
	lo, hi := int64(-1), int64(-1)
	for i := range r.w.order {
		if i%vector.Size == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		f := r.frame
		f.set(i)
		if f.err != nil {
			return f.err
		}
		from := hi
		if f.def.Exclude != translate.ExcludeNoOthers || f.lo != lo || f.hi < hi || int(r.w.partFirst[i]) == i {
			r.agg.Reset(0)
			from = f.lo
		}
		if i == 0 || from != hi || f.hi != hi || f.lo != lo {
			if err := r.update(nil, from, f.hi); err != nil {
				return err
			}
			lo, hi = f.lo, f.hi
		}
		var final vector.Vector
		if err := r.agg.Final(&final, 0, 1); err != nil {
			return err
		}
		final.Type = r.result.Type
		vector.AppendRows(r.result, &final, nil, 1)
	}
	return nil
}
