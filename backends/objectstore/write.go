package objectstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Write implements backends.Writer. Rows become one new file in the table's folder;
// no rows make no file. The file appears whole or not at all. Truncate adds the new
// file first and then deletes the others, so a reader in between may see both: a
// store has no transaction over several objects.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	var result backends.WriteResult
	if mode.Kind != backends.Append && mode.Kind != backends.Truncate {
		return result, pgerr.Unsupported("files can be added to and replaced, not changed: mode %s", mode.Kind)
	}
	folder, format, err := b.writeFolder(ctx, target.Table)
	if err != nil {
		return result, err
	}
	var old []object
	if mode.Kind == backends.Truncate {
		if old, err = b.store.list(ctx, folder); err != nil {
			return result, err
		}
	}
	if result.Inserted, err = b.addFile(ctx, folder, format, target.Columns, rows); err != nil {
		return backends.WriteResult{}, err
	}
	opened, err := b.store.Bucket(ctx)
	if err != nil {
		return result, err
	}
	for _, o := range old {
		if f, _ := formatOf(o.Key); f != format {
			continue
		}
		if err := opened.Delete(ctx, o.Key); err != nil {
			return result, b.store.Error("deleting", o.Key, err)
		}
	}
	return result, nil
}

// writeFolder finds where a table's new files go: only a folder takes any.
func (b *Backend) writeFolder(ctx context.Context, name backends.TableName) (folder string, format Format, err error) {
	p, err := tablePath(name)
	if err != nil {
		return "", "", err
	}
	if strings.ContainsAny(p, "*?[{") {
		return "", "", pgerr.Unsupported("a glob takes no rows: %q", p).WithHint("Map the table to a folder.")
	}
	folder = strings.TrimSuffix(p, "/") + "/"
	if p == "" {
		folder = ""
	}
	options, _ := b.optionsFor(p)
	found, err := b.store.match(ctx, p)
	if err != nil {
		return "", "", err
	}
	if len(found) == 1 && folder != "" && !strings.HasPrefix(found[0].Key, folder) {
		return "", "", pgerr.Unsupported("a single file takes no rows: %q", found[0].Key).WithHint("Map the table to a folder.")
	}
	if options.HivePartitions == nil || *options.HivePartitions {
		if columns, err := hiveColumns(found); err != nil || len(columns) > 0 {
			return "", "", pgerr.Unsupported("writing to partitioned folders is not supported: %q", p).
				WithHint("Set hive_partitions to false to write to such folders as mere folders.")
		}
	}
	if format = options.Format; format == "" && len(found) > 0 {
		format, _ = formatOf(found[0].Key)
	}
	if format == "" {
		format = Parquet
	}
	return folder, format, nil
}

// addFile writes the rows as one object.
func (b *Backend) addFile(ctx context.Context, folder string, format Format, columns []backends.Column, rows array.RecordReader) (n int64, err error) {
	var sink *bucket.Writer
	var out fileWriter
	fail := func(err error) (int64, error) {
		if out != nil {
			out.Abort()
		}
		if sink != nil {
			sink.Abort()
		}
		return 0, err
	}
	for rows.Next() {
		batch := rows.RecordBatch()
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		if batch.NumRows() == 0 {
			continue
		}
		if sink == nil {
			if sink, err = b.store.NewWriter(ctx, folder+newFileName(format)); err != nil {
				return fail(err)
			}
			if out, err = newFileWriter(sink, format, columns, &b.config.Write); err != nil {
				return fail(err)
			}
		}
		if err := out.Write(batch); err != nil {
			return fail(err)
		}
		n += batch.NumRows()
	}
	if err := rows.Err(); err != nil && !errors.Is(err, io.EOF) {
		return fail(err)
	}
	if sink == nil {
		return 0, nil
	}
	if err := out.Close(); err != nil {
		return fail(err)
	}
	return n, sink.Close()
}

// newFileName is a UUID of version 7, so that names sort by time of writing.
func newFileName(format Format) string {
	var id [16]byte
	_, _ = rand.Read(id[6:]) // never fails
	millis := uint64(time.Now().UnixMilli())
	binary.BigEndian.PutUint32(id[:], uint32(millis>>16))
	binary.BigEndian.PutUint16(id[4:], uint16(millis))
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	h := hex.EncodeToString(id[:])
	name := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	switch format {
	case CSV:
		return name + ".csv"
	case JSONLines:
		return name + ".jsonl"
	default:
		return name + ".parquet"
	}
}
