package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// Semi and anti joins whose left side is built have the sides turned around: the
// operator's right input is the node's left, and puts out its rows that found, or did
// not find, a partner.
const (
	builtSemiJoin translate.JoinKind = translate.AntiNullAwareJoin + 1 + iota
	builtAntiJoin
)

// hashJoinOp builds a table of its right input and probes it with the left.
type hashJoinOp struct {
	kind        translate.JoinKind
	left, right operator
	node        *plan.HashJoin
	stats       *Stats

	leftKeys  *exprs
	rightKeys *exprs
	// rightKeyCols are the keys' columns in right, -1 for those that are computed.
	rightKeyCols []int
	classes      []keyClass
	nullsEqual   []bool
	residual     *exprs // over left's columns and then right's; nil for none
	residualCols []int  // the combined columns that residual reads

	cols     []translate.Column
	outLeft  []int // of cols, in left's batches
	outRight []int // the rest of cols, in right's
}

func (o *hashJoinOp) columns() []translate.Column { return o.cols }

// leftOnly tells the kinds that put out only left's columns.
func leftOnly(kind translate.JoinKind) bool { return kind >= translate.SemiJoin && !builtOnly(kind) }

// builtOnly tells the kinds that put out only built rows.
func builtOnly(kind translate.JoinKind) bool { return kind == builtSemiJoin || kind == builtAntiJoin }

// dropsUnmatched tells the kinds that drop left rows without a match.
func dropsUnmatched(kind translate.JoinKind) bool {
	return kind == translate.InnerJoin || kind == translate.SemiJoin || kind == translate.RightJoin || builtOnly(kind)
}

func (b *builder) hashJoin(n *plan.HashJoin, need translate.ColumnSet) (operator, error) {
	op := &hashJoinOp{kind: n.Kind, node: n, stats: b.stats(n)}
	probe, build := n.Left, n.Right
	if n.BuildLeft {
		probe, build = build, probe
		op.kind = map[translate.JoinKind]translate.JoinKind{translate.SemiJoin: builtSemiJoin, translate.AntiJoin: builtAntiJoin}[n.Kind]
	}
	var leftKeys, rightKeys []translate.Expr
	for _, k := range n.Keys {
		if n.BuildLeft {
			k.Left, k.Right = k.Right, k.Left
		}
		leftKeys, rightKeys = append(leftKeys, k.Left), append(rightKeys, k.Right)
		op.classes = append(op.classes, commonClass(k.Left.Type().OID, k.Right.Type().OID))
		op.nullsEqual = append(op.nullsEqual, k.NullEqual)
	}
	below := reads(need, n.Residual)
	left, right := below, below
	switch {
	case leftOnly(op.kind):
		right = reads(translate.ColumnSet{}, n.Residual)
	case builtOnly(op.kind):
		left = reads(translate.ColumnSet{}, n.Residual)
	}
	var err error
	if op.left, err = b.build(probe, reads(left, leftKeys...)); err != nil {
		return nil, err
	}
	if op.right, err = b.build(build, reads(right, rightKeys...)); err != nil {
		return nil, err
	}
	if op.leftKeys, err = compileExprs(leftKeys, op.left.columns()); err != nil {
		return nil, err
	}
	if err = op.compileRightKeys(rightKeys); err != nil {
		return nil, err
	}
	op.output(need)
	return op, op.compileResidual(n.Residual)
}

// compileRightKeys finds the keys that are columns; the others are computed and
// kept as further columns of the build side.
func (o *hashJoinOp) compileRightKeys(keys []translate.Expr) (err error) {
	for _, k := range keys {
		at := -1
		if ref, ok := k.(*translate.ColRef); ok {
			at = position(o.right.columns(), ref.ID)
		}
		o.rightKeyCols = append(o.rightKeyCols, at)
	}
	o.rightKeys, err = compileExprs(keys, o.right.columns())
	return err
}

func (o *hashJoinOp) compileResidual(e translate.Expr) (err error) {
	if e == nil {
		return nil
	}
	combined := append(append([]translate.Column(nil), o.left.columns()...), o.right.columns()...)
	read := translate.ColumnsIn(e)
	for i, c := range combined {
		if read.Has(c.ID) {
			o.residualCols = append(o.residualCols, i)
		}
	}
	o.residual, err = compileExprs([]translate.Expr{e}, combined)
	return err
}

// output picks the columns that are read above.
func (o *hashJoinOp) output(need translate.ColumnSet) {
	for i, c := range o.left.columns() {
		if need.Has(c.ID) && !builtOnly(o.kind) {
			o.cols = append(o.cols, c)
			o.outLeft = append(o.outLeft, i)
		}
	}
	if leftOnly(o.kind) {
		return
	}
	for i, c := range o.right.columns() {
		if need.Has(c.ID) {
			o.cols = append(o.cols, c)
			o.outRight = append(o.outRight, i)
		}
	}
}

func (o *hashJoinOp) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	build, err := o.build(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	streams, err := o.probe(ctx, sc, want, build)
	if err != nil {
		build.close()
	}
	return streams, err
}

func (o *hashJoinOp) probe(ctx context.Context, sc *scope, want int, build *joinBuild) ([]stream, error) {
	if build.table != nil {
		if err := build.index(sc); err != nil {
			return nil, err
		}
	}
	if build.spilled != nil {
		return o.probeSpilled(ctx, sc, want, build)
	}
	if build.store != nil {
		return o.probeStore(ctx, sc, want, build)
	}
	if build.table.rows == 0 && dropsUnmatched(o.kind) {
		build.close()
		return []stream{emptyStream{}}, nil
	}
	o.fillDynamic(sc, build.table)
	streams, err := o.left.open(ctx, sc, want)
	if err != nil {
		return nil, err
	}
	build.users.Store(int64(len(streams)))
	shared := &unmatched{open: len(streams)}
	return wrapEach(streams, func(s stream) (stream, error) {
		return newProbe(o, sc, s, build.table, shared, build.leave), nil
	})
}

// buildColumns are the columns that the build side keeps: right's and then the keys
// that are computed.
func (o *hashJoinOp) buildColumns() []translate.Column {
	cols := append([]translate.Column(nil), o.right.columns()...)
	for i, at := range o.rightKeyCols {
		if at < 0 {
			cols = append(cols, translate.Column{Name: "key", Type: o.rightKeys.list[i].Type()})
		}
	}
	return cols
}

// buildVectors are the vectors of buildColumns for one batch.
func (o *hashJoinOp) buildVectors(b *vector.Batch, keys []*vector.Vector) []*vector.Vector {
	cols := append([]*vector.Vector(nil), b.Cols...)
	for i, at := range o.rightKeyCols {
		if at < 0 {
			cols = append(cols, keys[i])
		}
	}
	return cols
}

// keyVectors picks the keys among vectors of buildColumns.
func (o *hashJoinOp) keyVectors(cols []*vector.Vector) []*vector.Vector {
	keys := make([]*vector.Vector, len(o.rightKeyCols))
	computed := len(o.right.columns())
	for i, at := range o.rightKeyCols {
		if at < 0 {
			at = computed
			computed++
		}
		keys[i] = cols[at]
	}
	return keys
}
