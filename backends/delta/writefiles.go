package delta

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// mostOpen bounds the files that are written at a time: a statement over many
// partitions closes the largest to begin another.
const mostOpen = 128

// filesWriter writes the rows of one statement as data files, one or more a partition.
type filesWriter struct {
	tx       *tx
	snapshot *snapshot
	columns  []writeColumn // of the rows, in their order
	stored   []backends.Column
	open     map[string]*dataFile
	adds     []addFile
	rows     int64
}

// writeColumn is a column of the rows.
type writeColumn struct {
	backends.Column
	field     int // of the snapshot
	partition bool
	text      bool // kept as the text of its type
}

// dataFile is a file in the making. It is kept in memory until it is whole.
type dataFile struct {
	key    string
	values []*string // of the table's partition columns
	buffer bytes.Buffer
	writer *parquetfile.Writer
	rows   int64
	nan    []bool // stored columns with a NaN, which statistics leave out
}

// writeFiles writes rows and gives the actions that would add them.
func (t *tx) writeFiles(ctx context.Context, s *snapshot, target backends.WriteTarget, rows array.RecordReader) ([]addFile, int64, error) {
	w := &filesWriter{tx: t, snapshot: s, open: map[string]*dataFile{}}
	defer w.abort()
	if err := w.plan(target); err != nil {
		return nil, 0, err
	}
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if err := w.add(ctx, rows.RecordBatch()); err != nil {
			return nil, 0, err
		}
	}
	if err := rows.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	keys := make([]string, 0, len(w.open))
	for key := range w.open {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		if err := w.finish(ctx, key); err != nil {
			return nil, 0, err
		}
	}
	return w.adds, w.rows, nil
}

// plan finds the target's columns. Those that it leaves out are NULL.
func (w *filesWriter) plan(target backends.WriteTarget) error {
	s := w.snapshot
	given := map[int]bool{}
	for _, c := range target.Columns {
		i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == c.Name })
		if i < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", c.Name, target.Table.Name)
		}
		f := &s.fields[i]
		if f.typ.nested() {
			return columnError(f.name, pgerr.Unsupported("writing values of Delta type %s is not supported", f.typ.native()))
		}
		given[i] = true
		column := writeColumn{Column: c, field: i, partition: s.partition(i), text: f.text(metaType) != ""}
		w.columns = append(w.columns, column)
		if column.partition {
			continue
		}
		stored := backends.Column{Name: f.name, Type: c.Type}
		if column.text {
			stored.Type = pgtypes.Of(pgtypes.OIDText)
		}
		w.stored = append(w.stored, stored)
	}
	for i := range s.fields {
		if !s.fields[i].nullable && !given[i] {
			return errNotNull(&s.fields[i], target.Table.Name)
		}
	}
	return nil
}

func errNotNull(f *field, table string) error {
	e := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", f.name, table)
	e.Column = f.name
	return e
}

// add writes a batch, each row to the file of its partition.
func (w *filesWriter) add(ctx context.Context, batch arrow.RecordBatch) error {
	if batch.NumRows() == 0 {
		return nil
	}
	for i, c := range w.columns {
		if err := w.check(&c, batch.Column(i)); err != nil {
			return err
		}
	}
	groups, err := w.split(batch)
	if err != nil {
		return err
	}
	data, err := w.stores(batch)
	if err != nil {
		return err
	}
	defer release(data)
	for _, g := range groups {
		if err := w.addGroup(ctx, &g, data, int(batch.NumRows())); err != nil {
			return err
		}
	}
	w.rows += batch.NumRows()
	return nil
}

// check refuses NULL where there may be none, and what Delta's types can not hold.
func (w *filesWriter) check(c *writeColumn, a arrow.Array) error {
	f := &w.snapshot.fields[c.field]
	if !f.nullable && a.NullN() > 0 {
		return errNotNull(f, w.snapshot.place.name.Name)
	}
	for row := range a.Len() {
		if a.IsNull(row) {
			continue
		}
		switch a := a.(type) {
		case *array.Date32:
			if v := int32(a.Value(row)); v == 1<<31-1 || v == -1<<31 {
				return columnError(f.name, pgerr.New(pgerr.DatetimeFieldOverflow, "an infinite date can not be kept in a Delta table"))
			}
		case *array.Timestamp:
			if v := int64(a.Value(row)); v == 1<<63-1 || v == -1<<63 {
				return columnError(f.name, pgerr.New(pgerr.DatetimeFieldOverflow, "an infinite timestamp can not be kept in a Delta table"))
			}
		case *array.Int16:
			if v := a.Value(row); f.typ.name == "byte" && (v > 127 || v < -128) {
				return columnError(f.name, pgerr.New(pgerr.NumericValueOutOfRange, "value %d is out of range for Delta type byte", v))
			}
		default:
			return nil
		}
	}
	return nil
}

// group is the rows of a batch that belong to one partition.
type group struct {
	key    string
	values []*string
	runs   []run
}

// split sorts a batch's rows by partition. Of a table without partitions all rows are
// one group, and of partition columns that the target leaves out the value is NULL.
func (w *filesWriter) split(batch arrow.RecordBatch) ([]group, error) {
	s := w.snapshot
	if len(s.partitioned) == 0 {
		return []group{{}}, nil
	}
	at := make([]int, len(s.partitioned))
	for i, field := range s.partitioned {
		at[i] = slices.IndexFunc(w.columns, func(c writeColumn) bool { return c.field == field })
	}
	var groups []group
	places := map[string]int{}
	for row := range int(batch.NumRows()) {
		values := make([]*string, len(at))
		var key strings.Builder
		for i, column := range at {
			if column < 0 {
				key.WriteString("n|")
				continue
			}
			c := &w.columns[column]
			v, err := pgtypes.DatumFromArrow(batch.Column(column), row, c.Type)
			if err == nil {
				values[i], err = formatPartition(c.Type, v)
			}
			if err != nil {
				return nil, columnError(c.Name, err)
			}
			if values[i] == nil {
				key.WriteString("n|")
			} else {
				key.WriteString("v" + url.QueryEscape(*values[i]) + "|")
			}
		}
		i, known := places[key.String()]
		if !known {
			i = len(groups)
			places[key.String()] = i
			groups = append(groups, group{key: key.String(), values: values})
		}
		g := &groups[i]
		if n := len(g.runs); n > 0 && g.runs[n-1].to == row {
			g.runs[n-1].to++
		} else {
			g.runs = append(g.runs, run{row, row + 1})
		}
	}
	return groups, nil
}

// stores are a batch's columns as files keep them, without the partition columns.
func (w *filesWriter) stores(batch arrow.RecordBatch) ([]arrow.Array, error) {
	var data []arrow.Array
	for i := range w.columns {
		c := &w.columns[i]
		if c.partition {
			continue
		}
		a := batch.Column(i)
		if !c.text {
			a.Retain()
			data = append(data, a)
			continue
		}
		text := pgtypes.Of(pgtypes.OIDText)
		converted, err := datums(c.Type, text, func(v pgtypes.Datum) (pgtypes.Datum, error) {
			return pgtypes.Text(c.Type, v, pgtypes.DefaultStyle()), nil
		})(a, w.tx.b.alloc)
		if err != nil {
			release(data)
			return nil, columnError(c.Name, err)
		}
		data = append(data, converted)
	}
	return data, nil
}

func (w *filesWriter) addGroup(ctx context.Context, g *group, data []arrow.Array, rows int) error {
	file, err := w.fileOf(ctx, g)
	if err != nil {
		return err
	}
	part := make([]arrow.Array, len(data))
	for i, a := range data {
		if g.runs == nil {
			a.Retain()
			part[i] = a
		} else if part[i], err = pickColumn(a, g.runs, w.tx.b.alloc); err != nil {
			release(part)
			return err
		}
	}
	defer release(part)
	if g.runs != nil {
		rows = 0
		for _, r := range g.runs {
			rows += r.to - r.from
		}
	}
	for i, a := range part {
		file.nan[i] = file.nan[i] || hasNaN(a)
	}
	batch := array.NewRecordBatch(recordSchema(w.stored, part), part, int64(rows))
	defer batch.Release()
	if err := file.writer.Write(batch); err != nil {
		return err
	}
	file.rows += int64(rows)
	if size := w.tx.b.config.TargetFileSize; size > 0 && int64(file.buffer.Len()) >= size {
		return w.finish(ctx, g.key)
	}
	return nil
}

func recordSchema(columns []backends.Column, arrays []arrow.Array) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrays[i].DataType(), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func hasNaN(a arrow.Array) bool {
	switch a := a.(type) {
	case *array.Float32:
		return slices.ContainsFunc(a.Float32Values(), func(v float32) bool { return v != v })
	case *array.Float64:
		return slices.ContainsFunc(a.Float64Values(), func(v float64) bool { return v != v })
	}
	return false
}

// fileOf gives the file of a partition, a new one if there is none.
func (w *filesWriter) fileOf(ctx context.Context, g *group) (*dataFile, error) {
	if file := w.open[g.key]; file != nil {
		return file, nil
	}
	if len(w.open) >= mostOpen {
		largest := ""
		for key, file := range w.open {
			if largest == "" || file.rows > w.open[largest].rows {
				largest = key
			}
		}
		if err := w.finish(ctx, largest); err != nil {
			return nil, err
		}
	}
	s := w.snapshot
	folder := ""
	if len(s.partitioned) > 0 {
		folder = partitionFolder(s.metadata.PartitionColumns, g.values)
	}
	file := &dataFile{
		key: s.place.folder + folder + "part-00000-" + newID() + "-c000." + suffixOf(w.tx.b.config.Compression) + "parquet",
		nan: make([]bool, len(w.stored)), values: g.values,
	}
	var err error
	if file.writer, err = parquetfile.NewWriter(&file.buffer, w.stored, w.tx.b.config.Compression); err != nil {
		return nil, err
	}
	w.open[g.key] = file
	return file, nil
}

func suffixOf(compression string) string {
	switch compression {
	case "":
		return "snappy."
	case "none", "uncompressed":
		return ""
	default:
		return compression + "."
	}
}

// finish ends a file and uploads it.
func (w *filesWriter) finish(ctx context.Context, key string) error {
	file := w.open[key]
	delete(w.open, key)
	if err := file.writer.Close(); err != nil {
		return err
	}
	w.tx.uploaded = append(w.tx.uploaded, file.key)
	if err := w.tx.b.store.put(ctx, file.key, file.buffer.Bytes()); err != nil {
		return err
	}
	stats, err := file.stats(w)
	if err != nil {
		return err
	}
	s := w.snapshot
	add := addFile{
		Path: escapePath(strings.TrimPrefix(file.key, s.place.folder)), PartitionValues: map[string]*string{},
		Size: int64(file.buffer.Len()), ModTime: time.Now().UnixMilli(), DataChange: true, Stats: stats,
	}
	for i, name := range s.metadata.PartitionColumns {
		add.PartitionValues[name] = file.values[i]
	}
	w.adds = append(w.adds, add)
	return nil
}

// escapePath is a path as actions write it.
func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(parts[i]), "%3D", "=")
	}
	return strings.Join(parts, "/")
}

func (w *filesWriter) abort() {
	for _, file := range w.open {
		file.writer.Abort()
	}
	w.open = nil
}
