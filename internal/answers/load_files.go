package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/mem"
	"github.com/sqlgateway/gateway/backends/objectstore"
)

// filesConfig is an object store whose columns are declared, as files do not know
// all of Postgres's types.
func filesConfig(folder string, format objectstore.Format, tables []*Placed) *objectstore.Config {
	cfg := objectstore.NewConfig()
	cfg.URL = "file://" + folder
	cfg.Format = format
	for _, t := range tables {
		options := objectstore.TableOptions{Path: remoteName(t.Table), FormatOptions: objectstore.FormatOptions{Format: format}}
		for _, c := range t.Columns {
			options.Columns = append(options.Columns, objectstore.ColumnOptions{Name: c.Name, Type: c.Type, NotNull: c.Key})
		}
		cfg.Tables = append(cfg.Tables, options)
	}
	return cfg
}

// memConfig is the tables as values of a configuration.
func memConfig(tables []*Placed) *mem.Config {
	cfg := mem.NewConfig()
	for _, t := range tables {
		table := mem.TableConfig{Name: remoteName(t.Table)}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, mem.ColumnConfig{Name: c.Name, Type: c.Type, NotNull: c.Key})
			if c.Key {
				table.Key = append(table.Key, c.Name)
			}
		}
		for _, row := range t.Rows {
			table.Rows = append(table.Rows, t.Row(row))
		}
		cfg.Tables = append(cfg.Tables, table)
	}
	return cfg
}

// partsOf is how many files a table is cut into: several as soon as it has rows for
// that, as one table of many files is what lakes have.
func partsOf(t *Placed) int {
	if len(t.Rows) > 1000 {
		return 4
	}
	return 1
}

// loadText writes CSV or JSON lines, without our own writers.
func loadText(folder, extension string, tables []*Placed, write func(*bytes.Buffer, *Placed, [][]*string)) error {
	for _, t := range tables {
		dir := filepath.Join(folder, remoteName(t.Table))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		parts := partsOf(t)
		for part := range parts {
			var b bytes.Buffer
			write(&b, t, t.Rows[part*len(t.Rows)/parts:(part+1)*len(t.Rows)/parts])
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("part-%d.%s", part, extension)), b.Bytes(), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeCSV(b *bytes.Buffer, t *Placed, rows [][]*string) {
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(csvQuoted(c.Name))
	}
	b.WriteByte('\n')
	for _, row := range rows {
		for i, v := range t.Row(row) {
			if i > 0 {
				b.WriteByte(',')
			}
			if v != nil {
				b.WriteString(csvQuoted(*v))
			}
		}
		b.WriteByte('\n')
	}
}

func csvQuoted(v string) string {
	if v == "" || strings.ContainsAny(v, "\",\n ") {
		return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return v
}

func writeJSONLines(b *bytes.Buffer, t *Placed, rows [][]*string) {
	for _, row := range rows {
		for i, v := range t.Row(row) {
			b.WriteByte("{,"[min(i, 1)])
			name, _ := json.Marshal(t.Columns[i].Name)
			b.Write(name)
			b.WriteByte(':')
			b.WriteString(jsonValue(t.Columns[i].Type, v))
		}
		b.WriteString("}\n")
	}
}

func jsonValue(typ string, v *string) string {
	if v == nil {
		return "null"
	}
	switch {
	case typ == "boolean":
		return map[string]string{"t": "true", "f": "false"}[*v]
	case typ == "smallint", typ == "integer", typ == "bigint", typ == "json", typ == "jsonb":
		return *v
	default:
		text, _ := json.Marshal(*v)
		return string(text)
	}
}

// loadParquet writes Parquet through the writer of the project; the types that
// others write are checked by the tests of the format.
func loadParquet(ctx context.Context, folder string, tables []*Placed) error {
	source, err := mem.Open(memConfig(tables), backends.Env{}.WithDefaults())
	if err != nil {
		return err
	}
	defer source.Close()
	for _, t := range tables {
		if t.Parquet != "" {
			if err := copyParquet(folder, t); err != nil {
				return err
			}
			continue
		}
		if err := writeParquet(ctx, source, folder, t); err != nil {
			return fmt.Errorf("writing %s: %w", t.Name, err)
		}
	}
	return nil
}

func writeParquet(ctx context.Context, source backends.Backend, folder string, t *Placed) (err error) {
	table, err := source.Describe(ctx, backends.TableName{Schema: "main", Name: remoteName(t.Table)})
	if err != nil {
		return err
	}
	scan := &backends.ScanFragment{Table: table.Name, Limit: -1}
	var columns []backends.Column
	for i, c := range table.Columns {
		scan.Columns = append(scan.Columns, i)
		columns = append(columns, backends.Column{Name: c.Name, Type: c.Type})
	}
	reader, err := source.Read(ctx, backends.Fragment{Scan: scan, Output: columns, BatchRows: 1 + len(t.Rows)/partsOf(t)})
	if err != nil {
		return err
	}
	defer reader.Release()
	dir := filepath.Join(folder, remoteName(t.Table))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := 0
	write := func() error {
		files++
		out, err := os.Create(filepath.Join(dir, fmt.Sprintf("part-%d.parquet", files)))
		if err != nil {
			return err
		}
		if batch := reader.RecordBatch(); batch != nil && batch.NumRows() > 0 {
			err = objectstore.WriteFile(ctx, out, objectstore.Parquet, columns, batch)
		} else {
			err = objectstore.WriteFile(ctx, out, objectstore.Parquet, columns)
		}
		return errors.Join(err, out.Close())
	}
	for reader.Next() {
		if err := write(); err != nil {
			return err
		}
	}
	if files == 0 {
		return errors.Join(reader.Err(), write())
	}
	return reader.Err()
}

func copyParquet(folder string, t *Placed) error {
	data, err := os.ReadFile(t.Parquet)
	if err != nil {
		return err
	}
	dir := filepath.Join(folder, remoteName(t.Table))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "part-1.parquet"), data, 0o644)
}
