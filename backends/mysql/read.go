package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// rows is a running query as a batch.Source.
type rows struct {
	c      *conn
	st     sqldriver.Stmt
	rows   sqldriver.Rows
	values []sqldriver.Value
	output []backends.Column
	decode []decoder
	ended  bool
	stop   func()
	done   func()
}

// read runs a fragment on c; done is called when c is free again.
func (b *Backend) read(ctx context.Context, c *conn, f backends.Fragment, done func()) (array.RecordReader, error) {
	if f.Query == nil {
		done()
		return nil, pgerr.Internal("a %s source reads queries, not scans", backends.KindMySQL)
	}
	if err := ctx.Err(); err != nil {
		done()
		return nil, err
	}
	r := &rows{c: c, output: f.Output, done: done}
	running, stop := c.watch(ctx)
	r.stop = stop
	if err := r.start(running, f); err != nil {
		err = c.blame(ctx, err)
		r.ended = true
		r.Close()
		return nil, err
	}
	return batch.NewReader(ctx, f.Schema(), b.env.Allocator, f.BatchRows, r), nil
}

func (r *rows) start(running context.Context, f backends.Fragment) error {
	args, err := namedArgs(f.Query.Args)
	if err != nil {
		return err
	}
	if r.st, err = r.c.driver.(sqldriver.ConnPrepareContext).PrepareContext(running, f.Query.SQL); err != nil {
		return err
	}
	if r.rows, err = r.st.(sqldriver.StmtQueryContext).QueryContext(running, args); err != nil {
		return err
	}
	if n := len(r.rows.Columns()); n != len(f.Output) {
		return pgerr.Internal("the query gives %d columns, %d were expected", n, len(f.Output))
	}
	r.values = make([]sqldriver.Value, len(f.Output))
	r.decode = make([]decoder, len(f.Output))
	for i, column := range f.Output {
		r.decode[i] = decoderOf(column.Type)
	}
	return nil
}

// Fill implements batch.Source.
func (r *rows) Fill(ctx context.Context, b *batch.Builder) (more bool, err error) {
	for {
		if err := r.rows.Next(r.values); err != nil {
			r.ended = true
			if err == io.EOF {
				return false, nil
			}
			return false, r.c.blame(ctx, err)
		}
		for i, v := range r.values {
			if v == nil {
				b.Columns[i].Null()
				continue
			}
			if err := r.decode[i](&b.Columns[i], v); err != nil {
				return false, r.inColumn(i, err)
			}
		}
		if !b.EndRow() {
			return true, nil
		}
	}
}

// inColumn names the column of a value that can not be read.
func (r *rows) inColumn(i int, err error) error {
	e := *pgerr.From(err)
	e.Column = r.output[i].Name
	return (&e).WithDetail("The value is in column \"%s\" of a query sent to MySQL.", r.output[i].Name)
}

// Close implements batch.Source. The driver reads a result to its end when it is
// closed, so one that nobody wants is killed first; a server that does not even hear
// that is hung up on, for the driver then waits under no context.
func (r *rows) Close() {
	if !r.ended && r.rows != nil {
		r.c.kill()
		defer time.AfterFunc(killTimeout, r.c.cut).Stop()
	}
	if r.rows != nil {
		_ = r.rows.Close()
	}
	if r.st != nil {
		_ = r.st.Close()
	}
	r.stop()
	r.done()
}
