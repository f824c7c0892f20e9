package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// collected keeps an aggregate's rows until all are there: one of each value for
// DISTINCT, to be sorted for ORDER BY.
type collected struct {
	spec  *aggSpec
	rows  *rows     // the group, the arguments, the sort keys
	table *keyTable // of group and arguments, for DISTINCT
	batch keyBatch
	dense []int32
	fresh []int32
	sel   []int32
	group vector.Vector
}

// collectColumns are the columns of collected rows.
func (s *aggSpec) collectColumns() []translate.Column {
	cols := []translate.Column{{Name: "group", Type: pgtypes.Of(pgtypes.OIDInt4)}}
	for _, t := range s.argTypes {
		cols = append(cols, translate.Column{Name: "argument", Type: t})
	}
	return cols
}

func newCollected(spec *aggSpec) *collected {
	c := &collected{spec: spec, rows: newRows(spec.collectColumns())}
	c.group.Type = pgtypes.Of(pgtypes.OIDInt4)
	if spec.call.Distinct {
		classes := []keyClass{keyInt32}
		for _, t := range spec.argTypes[:len(spec.call.Args)] {
			classes = append(classes, keyClassOf(t.OID))
		}
		c.table = newGroupTable(classes)
	}
	return c
}

func (c *collected) size() int64 {
	size := c.rows.size()
	if c.table != nil {
		size += c.table.size()
	}
	return size
}

// add keeps rows; a nil byRow means group 0.
func (c *collected) add(byRow []uint32, values []*vector.Vector, sel []int32, n int) {
	c.group.Alloc(vector.FormInt32, n)
	for i := range c.group.I32 {
		c.group.I32[i] = 0
	}
	for i := range byRow {
		c.group.I32[i] = int32(byRow[i])
	}
	cols := append([]*vector.Vector{&c.group}, values...)
	c.keep(cols, sel, n)
}

func (c *collected) keep(cols []*vector.Vector, sel []int32, n int) {
	if c.table == nil {
		c.rows.append(cols, sel, n)
		return
	}
	c.batch.loadKeys(c.table, cols[:1+len(c.spec.call.Args)], sel, n)
	c.dense = resizeInts(c.dense, c.batch.n)
	c.fresh = c.table.insert(&c.batch, c.dense, c.fresh)
	c.sel = c.sel[:0]
	for _, j := range c.fresh {
		if sel != nil {
			j = sel[j]
		}
		c.sel = append(c.sel, j)
	}
	c.rows.append(cols, c.sel, n)
}

// merge adds other's rows, whose groups have new numbers.
func (c *collected) merge(other *collected, mapping []uint32) {
	if mapping != nil {
		groups := other.rows.cols[0].I32
		for i, g := range groups {
			groups[i] = int32(mapping[g])
		}
	}
	c.keep(other.rows.cols, nil, other.rows.n)
}

// feed gives all rows to agg, by group and in order.
func (c *collected) feed(ctx context.Context, agg eval.Aggregate) error {
	order := c.order()
	reader := rowsReader{rows: c.rows}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := reader.next(order, c.rows.n)
		if b == nil {
			return nil
		}
		args := b.Cols[1:]
		if c.spec.call.Direct == 0 {
			args = args[:len(c.spec.call.Args)]
		}
		if err := agg.Update(asUint32(b.Cols[0].I32[:b.Rows]), args, nil, b.Rows); err != nil {
			return err
		}
	}
}

// order sorts the rows: by ORDER BY, else, for DISTINCT, by the values, as
// Postgres's own sort does. Nil leaves them as they came.
func (c *collected) order() []int32 {
	args := len(c.spec.call.Args)
	keys, specs := c.rows.cols[1+args:], c.spec.order
	if len(keys) == 0 {
		if !orderMatters(c.spec.call) {
			return nil
		}
		keys, specs = c.rows.cols[1:1+args], make([]sortSpec, args)
	}
	all := append([]*vector.Vector{c.rows.cols[0]}, keys...)
	return sortRows(all, append([]sortSpec{{}}, specs...), c.rows.n)
}
