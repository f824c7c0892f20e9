package postgres

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Write implements backends.Writer.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	return backends.WriteAlone(ctx, b, target, rows, mode)
}

// write copies rows inside the open transaction.
func (c *conn) write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (result backends.WriteResult, err error) {
	names := make([]string, len(target.Columns))
	for i, column := range target.Columns {
		names[i] = quote(column.Name)
	}
	list, into := strings.Join(names, ", "), quoteTable(target.Table)
	switch mode.Kind {
	case backends.Append:
		result.Inserted, err = c.copyIn(ctx, target, into, list, rows)
	case backends.Truncate:
		if result.Deleted, err = c.execute(ctx, backends.QueryFragment{SQL: "DELETE FROM " + into}); err != nil {
			return result, err
		}
		result.Inserted, err = c.copyIn(ctx, target, into, list, rows)
	case backends.Merge:
		result, err = c.merge(ctx, target, into, names, rows, mode.Keys)
	default:
		err = pgerr.Unsupported("write mode %s is not supported on a %s source", mode.Kind, backends.KindPostgres)
	}
	return result, err
}

// merge copies into a temporary table and upserts from there in one statement.
func (c *conn) merge(ctx context.Context, target backends.WriteTarget, into string, names []string, rows array.RecordReader, keys []string) (result backends.WriteResult, err error) {
	const stage = "pg_temp.gateway_stage"
	list := strings.Join(names, ", ")
	if err := c.command(ctx, "CREATE TEMPORARY TABLE gateway_stage ON COMMIT DROP AS SELECT "+list+" FROM "+into+" WITH NO DATA"); err != nil {
		return result, err
	}
	if _, err := c.copyIn(ctx, target, stage, list, rows); err != nil {
		return result, err
	}
	isKey := map[string]bool{}
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = quote(key)
		isKey[quoted[i]] = true
	}
	var sets []string
	for _, name := range names {
		if !isKey[name] {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	action := "DO NOTHING"
	if len(sets) > 0 {
		action = "DO UPDATE SET " + strings.Join(sets, ", ")
	}
	// xmax is 0 in a row that was inserted, and the lock of the update otherwise.
	sql := "WITH done AS (INSERT INTO " + into + " (" + list + ") SELECT " + list + " FROM " + stage +
		" ON CONFLICT (" + strings.Join(quoted, ", ") + ") " + action + " RETURNING xmax = 0 AS fresh)" +
		" SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM done"
	err = c.each(ctx, sql, nil, func(cells []*string) error {
		result.Inserted, result.Updated = number(cells[0]), number(cells[1])
		return nil
	})
	if err == nil {
		err = c.command(ctx, "DROP TABLE "+stage)
	}
	return result, err
}

// copyIn streams rows by COPY, in the binary format when every column's type at the
// server is the one its values have, in the text format otherwise.
func (c *conn) copyIn(ctx context.Context, target backends.WriteTarget, into, list string, rows array.RecordReader) (copied int64, err error) {
	binary, err := c.binaryTypes(ctx, target, into)
	if err != nil {
		return 0, err
	}
	encoder, format := encodeTextRow, ""
	if binary {
		encoder, format = encodeBinaryRow, " (FORMAT binary)"
	}
	columns := " (" + list + ")"
	if list == "" {
		columns = ""
	}
	defer c.watch(ctx)()
	c.putQuery("COPY " + into + columns + " FROM STDIN" + format)
	if err := c.send(); err != nil {
		return 0, c.blame(ctx, err)
	}
	if err := c.awaitCopy(); err != nil {
		return 0, c.blame(ctx, err)
	}
	failure := c.sendRows(target, rows, encoder, binary)
	if c.broken {
		return 0, c.blame(ctx, failure)
	}
	done := &discard{}
	err = c.blame(ctx, c.relay(ctx, done))
	if failure != nil {
		return 0, failure
	}
	return affectedBy(done.tag), err
}

// binaryTypes compares the server's types with the rows'.
func (c *conn) binaryTypes(ctx context.Context, target backends.WriteTarget, into string) (bool, error) {
	sent := map[string]pgtypes.Type{}
	for _, column := range target.Columns {
		sent[column.Name] = column.Type
	}
	same := 0
	err := c.each(ctx, "SELECT attname, atttypid FROM pg_catalog.pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
		[]backends.Arg{textArg(into)}, func(cells []*string) error {
			if t, ok := sent[text(cells[0])]; ok && number(cells[1]) == int64(t.OID) {
				same++
			}
			return nil
		})
	return same == len(target.Columns), err
}

// awaitCopy waits for CopyInResponse.
func (c *conn) awaitCopy() error {
	var failure error
	for {
		kind, body, err := c.next()
		if err != nil {
			return err
		}
		switch kind {
		case 'G':
			return nil
		case 'E':
			e := readError(body)
			c.broken = c.broken || fatal(e)
			failure = e
			if c.broken {
				return failure
			}
		case 'Z':
			return failure
		}
	}
}

// copyChunk is the size of a CopyData message.
const copyChunk = 64 << 10

// binarySignature begins a binary COPY: eleven bytes, flags, length of the extension.
const binarySignature = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// sendRows sends all rows and CopyDone, or CopyFail when rows or encoding fail.
func (c *conn) sendRows(target backends.WriteTarget, rows array.RecordReader, encode rowEncoder, binary bool) error {
	at := c.begin('d')
	if binary {
		c.out = append(c.out, binarySignature...)
	}
	for rows.Next() {
		record := rows.RecordBatch()
		for row := range int(record.NumRows()) {
			out, err := encode(c.out, target.Columns, record, row)
			if err != nil {
				return c.failCopy(err)
			}
			if c.out = out; len(c.out) >= copyChunk {
				c.endMessage(at)
				if err := c.send(); err != nil {
					return err
				}
				at = c.begin('d')
			}
		}
	}
	if err := rows.Err(); err != nil {
		return c.failCopy(err)
	}
	if binary {
		c.out = append(c.out, 0xff, 0xff)
	}
	c.endMessage(at)
	c.out = append(c.out, 'c', 0, 0, 0, 4)
	return c.send()
}

// failCopy ends a COPY without effect; the chunk in work is dropped.
func (c *conn) failCopy(cause error) error {
	c.out = c.out[:0]
	c.putCopyFail("the rows could not be read")
	if err := c.send(); err != nil {
		return err
	}
	return cause
}
