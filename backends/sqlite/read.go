package sqlite

import (
	"context"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// rows is a running query as a batch.Source.
type rows struct {
	s       *stmt
	output  []backends.Column
	decode  []decoder
	unwatch func()
	done    func()
}

func newRows(ctx context.Context, c *conn, f backends.Fragment, done func()) (*rows, error) {
	if err := queryOnly(f); err != nil {
		return nil, err
	}
	s, err := c.prepare(f.Query.SQL)
	if err != nil {
		return nil, err
	}
	if n := s.columns(); n != len(f.Output) {
		s.finalize()
		return nil, pgerr.Internal("the query gives %d columns, %d were expected", n, len(f.Output))
	}
	if err := s.bindArgs(f.Query.Args); err != nil {
		s.finalize()
		return nil, err
	}
	r := &rows{s: s, output: f.Output, decode: make([]decoder, len(f.Output)), done: done}
	for i, column := range f.Output {
		r.decode[i] = decoderOf(column.Type)
	}
	r.unwatch = c.watch(ctx)
	return r, nil
}

// Fill implements batch.Source.
func (r *rows) Fill(ctx context.Context, b *batch.Builder) (more bool, err error) {
	for {
		more, err := r.s.step()
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return false, err
		}
		if !more {
			return false, nil
		}
		for i := range r.decode {
			if err := r.cell(i, &b.Columns[i]); err != nil {
				return false, err
			}
		}
		if !b.EndRow() {
			return true, nil
		}
	}
}

func (r *rows) cell(i int, column *batch.Column) error {
	value := r.s.value(i)
	class := sqlite3.Xsqlite3_value_type(r.s.c.tls, value)
	if class == sqlite3.SQLITE_NULL {
		column.Null()
		return nil
	}
	if err := r.decode[i](r.s, value, class, column); err != nil {
		return r.locate(i, err)
	}
	return nil
}

// Close implements batch.Source.
func (r *rows) Close() {
	r.unwatch()
	r.s.finalize()
	r.done()
}

// locate adds to the error of a value where it stands: table, column and rowid.
func (r *rows) locate(i int, err error) error {
	e := *pgerr.From(err)
	table, column := r.s.origin(i)
	if table == "" {
		e.Column = r.output[i].Name
		return (&e).WithDetail("The value is in column %q of a query sent to SQLite.", r.output[i].Name)
	}
	e.Table, e.Column = table, column
	at := ""
	if rowid, ok := r.findRow(i, table, column); ok {
		at = fmt.Sprintf(", rowid %d", rowid)
	}
	return (&e).WithDetail("The value is in table %q, column %q%s; SQLite does not hold values to the declared type.", table, column, at)
}

// findRow looks for the row that holds the value of column i of the current row.
func (r *rows) findRow(i int, table, column string) (rowid int64, ok bool) {
	c := r.s.c
	find, err := c.prepare("SELECT rowid FROM " + quote(table) + " WHERE " + quote(column) + " IS ?1 AND typeof(" + quote(column) + ") = typeof(?1) LIMIT 1")
	if err != nil {
		return 0, false // a table without rowid, or a view
	}
	defer find.finalize()
	value := r.s.value(i)
	if sqlite3.Xsqlite3_bind_value(c.tls, find.handle, 1, value) != sqlite3.SQLITE_OK {
		return 0, false
	}
	if more, err := find.step(); err != nil || !more {
		return 0, false
	}
	return sqlite3.Xsqlite3_column_int64(c.tls, find.handle, 0), true
}
