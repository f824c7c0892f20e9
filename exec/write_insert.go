package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// insertRuns splits INSERT ... VALUES with DEFAULT among its values into statements
// that leave those columns out, in order. A column without a default takes NULL.
func (w *write) insertRuns(b *translate.Insert) []*translate.Insert {
	values, ok := b.Source.(*translate.Values)
	if !ok {
		return []*translate.Insert{b}
	}
	var runs []*translate.Insert
	var last []bool
	for _, row := range values.Rows {
		mask := make([]bool, len(row))
		row = slices.Clone(row)
		for i, e := range row {
			if _, isDefault := e.(*translate.DefaultValue); !isDefault {
				continue
			}
			c := &w.table.Columns[b.Attrs[w.positionOf(b, values, i)]]
			mask[i] = c.Default != "" || c.Generated
			row[i] = &translate.Const{Typed: translate.Typed{Typ: c.Type, Coll: c.Collation}}
		}
		if len(runs) == 0 || !slices.Equal(mask, last) {
			runs = append(runs, w.withoutColumns(b, values, mask))
			last = mask
		}
		run := runs[len(runs)-1].Source.(*translate.Values)
		var kept []translate.Expr
		for i, e := range row {
			if !mask[i] {
				kept = append(kept, e)
			}
		}
		run.Rows = append(run.Rows, kept)
	}
	return runs
}

// positionOf is the place among the statement's columns of a column of its values.
func (*write) positionOf(b *translate.Insert, values *translate.Values, column int) int {
	return slices.Index(b.SourceCols, values.Cols[column].ID)
}

func (w *write) withoutColumns(b *translate.Insert, values *translate.Values, mask []bool) *translate.Insert {
	run := *b
	source := *values
	run.Attrs, run.SourceCols, source.Cols, source.Rows = nil, nil, nil, nil
	for i, c := range values.Cols {
		if !mask[i] {
			source.Cols = append(source.Cols, c)
		}
	}
	for i, id := range b.SourceCols {
		at := slices.IndexFunc(values.Cols, func(c translate.Column) bool { return c.ID == id })
		if at < 0 || !mask[at] {
			run.Attrs = append(run.Attrs, b.Attrs[i])
			run.SourceCols = append(run.SourceCols, id)
		}
	}
	run.Source = &source
	return &run
}

// rowInserter inserts computed rows one statement each, which tells what the target
// made of each: for RETURNING with the target's own defaults, and for ON CONFLICT.
type rowInserter struct {
	write    *write
	insert   *translate.Insert
	dialect  *translate.Dialect
	tail     backends.QueryFragment // ON CONFLICT ...
	inserted int64
	rows     [][]pgtypes.Datum
}

// newRowInserter is nil when the target does not need it or has not what it takes.
func (w *write) newRowInserter(ctx context.Context, b *translate.Insert) (*rowInserter, error) {
	dialect, err := w.server.Backend.Dialect(ctx)
	if err != nil {
		return nil, w.server.Checked(err)
	}
	conflict := pgerr.Unsupported("this INSERT ... ON CONFLICT is not supported on server %q of kind %s", w.server.Name, w.server.Backend.Kind())
	if dialect == nil || b.Returning != nil && !dialect.ReturningInsert {
		if b.OnConflict != nil {
			return nil, conflict
		}
		return nil, nil
	}
	if b.OnConflict == nil && b.Returning == nil {
		return nil, nil
	}
	in := &rowInserter{write: w, insert: b, dialect: dialect}
	if b.OnConflict == nil {
		return in, nil
	}
	// The clause is rendered with a row of NULLs and cut off it.
	model := *b
	model.Returning = nil
	values := &translate.Values{Rows: [][]translate.Expr{nil}}
	for i, attr := range b.Attrs {
		c := &w.table.Columns[attr]
		values.Cols = append(values.Cols, translate.Column{ID: b.SourceCols[i], Name: c.Name, Type: c.Type, Coll: c.Collation})
		values.Rows[0] = append(values.Rows[0], &translate.Const{Typed: translate.Typed{Typ: c.Type, Coll: c.Collation}})
	}
	model.Source = values
	rendered, err := translate.NewRenderer(dialect, translate.PushOn).RenderStatement(&model)
	if err != nil || rendered.Claim.Mode != translate.Exact || dialect.Placeholders != translate.QuestionMarks {
		return nil, conflict //nolint:nilerr // refused
	}
	_, tail, _ := strings.Cut(rendered.SQL, " ON CONFLICT")
	in.tail, err = w.fragment(ctx, " ON CONFLICT"+tail, rendered.Args)
	return in, err
}

// take inserts the rows of a batch.
func (in *rowInserter) take(ctx context.Context, batch arrow.RecordBatch) error {
	for row := range int(batch.NumRows()) {
		values := make([]pgtypes.Datum, len(in.insert.Attrs))
		for i, attr := range in.insert.Attrs {
			v, err := pgtypes.DatumFromArrow(batch.Column(i), row, in.write.table.Columns[attr].Type)
			if err != nil {
				return err
			}
			values[i] = v
		}
		if err := in.row(ctx, values); err != nil {
			return in.write.checked(err)
		}
	}
	return nil
}

func (in *rowInserter) row(ctx context.Context, values []pgtypes.Datum) error {
	q := &rowStatement{write: in.write, dialect: in.dialect}
	q.text.WriteString("INSERT INTO " + in.dialect.TableName(in.write.table.Remote))
	if in.tail.SQL != "" && in.dialect.TargetAlias {
		q.text.WriteString(" AS t1") // as the renderer names it in the clause
	}
	q.text.WriteString(" (")
	for i, attr := range in.insert.Attrs {
		if i > 0 {
			q.text.WriteString(", ")
		}
		q.column(attr)
	}
	q.text.WriteString(") VALUES (")
	for i, attr := range in.insert.Attrs {
		if i > 0 {
			q.text.WriteString(", ")
		}
		q.value(attr, values[i])
	}
	q.text.WriteString(")" + in.tail.SQL)
	q.args = append(q.args, in.tail.Args...)
	if in.insert.Returning == nil {
		n, err := in.write.execute(ctx, backends.QueryFragment{SQL: q.text.String(), Args: q.args})
		in.inserted += n
		return err
	}
	return in.rowReturning(ctx, q)
}

// rowReturning reads back the whole row; the RETURNING list is computed here.
func (in *rowInserter) rowReturning(ctx context.Context, q *rowStatement) error {
	var output []translate.Column
	q.text.WriteString(" RETURNING ")
	for i := range in.write.table.Columns {
		if i > 0 {
			q.text.WriteString(", ")
		}
		q.column(i)
		c := &in.write.table.Columns[i]
		output = append(output, translate.Column{Name: c.Name, Type: c.Type})
	}
	done, err := in.write.readPushed(ctx, backends.QueryFragment{SQL: q.text.String(), Args: q.args}, output)
	if err != nil {
		return err
	}
	defer done.release()
	in.inserted += done.count
	for _, batch := range done.returning {
		for r := range int(batch.NumRows()) {
			row := make([]pgtypes.Datum, len(output))
			for i, c := range output {
				if row[i], err = pgtypes.DatumFromArrow(batch.Column(i), r, c.Type); err != nil {
					return err
				}
			}
			in.rows = append(in.rows, row)
		}
	}
	return nil
}

// insertOneByOne runs an INSERT through a rowInserter.
func (w *write) insertOneByOne(ctx context.Context, in *rowInserter, rows *rows) (*written, error) {
	for {
		batch, err := rows.next(ctx)
		if err != nil {
			return nil, err
		}
		if batch == nil {
			break
		}
		err = in.take(ctx, batch)
		batch.Release()
		if err != nil {
			return nil, err
		}
	}
	done := &written{count: in.inserted}
	if in.insert.Returning == nil {
		return done, nil
	}
	var err error
	done.returning, err = w.computeReturning(ctx, in.insert.Returning, in.rows)
	return done, err
}
