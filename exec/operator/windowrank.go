package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// call runs call i into result, by position in the order.
func (w *windowRows) call(ctx context.Context, i int, result *vector.Vector) error {
	c := w.op.calls[i]
	args, filter := w.callCols(i)
	switch c.item.Call.Name {
	case "row_number", "rank", "dense_rank", "percent_rank", "cume_dist":
		w.ranks(c.item.Call.Name, result)
		return ctx.Err()
	case "ntile":
		return w.ntile(args[0], result)
	case "lag", "lead":
		w.shift(c.item.Call.Name == "lead", args, result)
		return ctx.Err()
	case "first_value", "last_value", "nth_value":
		return w.framed(ctx, c, args, result)
	}
	return w.aggregate(ctx, c, args, filter, result)
}

// ranks computes the functions of a row's place.
func (w *windowRows) ranks(name string, result *vector.Vector) {
	allocate(result, len(w.order))
	dense := int64(0)
	for i := range w.order {
		first, end := int64(w.partFirst[i]), int64(w.partEnd[i])
		if first == int64(i) {
			dense = 0
		}
		if int64(w.peerFirst[i]) == int64(i) {
			dense++
		}
		rank := int64(w.peerFirst[i]) - first
		switch name {
		case "row_number":
			integer(result, i, int64(i)-first+1)
		case "rank":
			integer(result, i, rank+1)
		case "dense_rank":
			integer(result, i, dense)
		case "percent_rank":
			result.F64[i] = 0
			if end-first > 1 {
				result.F64[i] = float64(rank) / float64(end-first-1)
			}
		case "cume_dist":
			result.F64[i] = float64(int64(w.peerEnd[i])-first) / float64(end-first)
		}
	}
}

// ntile cuts each partition into buckets; the argument is that of the partition's
// first row, NULL gives NULL for all.
func (w *windowRows) ntile(arg, result *vector.Vector) error {
	n := len(w.order)
	allocate(result, n)
	for first := 0; first < n; {
		end := int(w.partEnd[first])
		row := int(w.order[first])
		if arg.IsNull(row) {
			for i := first; i < end; i++ {
				result.SetNull(i, n)
			}
			first = end
			continue
		}
		buckets := intAt(arg, row)
		if buckets <= 0 {
			return pgerr.New("22014", "argument of ntile must be greater than zero")
		}
		// The first rows%buckets buckets hold one row more.
		size, larger := int64(end-first)/buckets, int64(end-first)%buckets
		for i := first; i < end; i++ {
			at := int64(i - first)
			if at < larger*(size+1) {
				integer(result, i, at/(size+1)+1)
			} else {
				integer(result, i, larger+(at-larger*(size+1))/size+1)
			}
		}
		first = end
	}
	return nil
}

// shift is lag and lead: value, offset (1), default (NULL).
func (w *windowRows) shift(forward bool, args []*vector.Vector, result *vector.Vector) {
	source := make([]int32, len(w.order)) // of the value, -1 for NULL
	defaults := []int{}
	for i, row := range w.order {
		offset := int64(1)
		if len(args) > 1 {
			if args[1].IsNull(int(row)) {
				source[i] = -1
				continue
			}
			offset = intAt(args[1], int(row))
		}
		if !forward {
			offset = -offset
		}
		to := int64(i) + offset
		if to >= int64(w.partFirst[i]) && to < int64(w.partEnd[i]) {
			source[i] = w.order[to]
			continue
		}
		source[i] = -1
		if len(args) > 2 {
			defaults = append(defaults, i)
		}
	}
	vector.Copy(result, args[0], source, w.kept.n)
	for _, i := range defaults {
		vector.Set(result, i, vector.Get(args[2], int(w.order[i])))
	}
}

// framed is first_value, last_value and nth_value.
func (w *windowRows) framed(ctx context.Context, c *windowCall, args []*vector.Vector, result *vector.Vector) error {
	f, err := w.newFrame(ctx, c)
	if err != nil {
		return err
	}
	source := make([]int32, len(w.order))
	for i, row := range w.order {
		source[i] = -1
		f.set(i)
		if f.err != nil {
			return f.err
		}
		at := int64(-1)
		switch c.item.Call.Name {
		case "first_value":
			at = f.nth(1)
		case "last_value":
			at = f.last()
		case "nth_value":
			if args[1].IsNull(int(row)) {
				continue
			}
			n := intAt(args[1], int(row))
			if n <= 0 {
				return pgerr.New("22016", "argument of nth_value must be greater than zero")
			}
			at = f.nth(n)
		}
		if at >= 0 {
			source[i] = w.order[at]
		}
	}
	vector.Copy(result, args[0], source, w.kept.n)
	return ctx.Err()
}
