package objectstore

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/declared"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// table is a table as its files make it, for one statement.
type table struct {
	path     string
	options  *FormatOptions
	declared bool
	format   Format
	files    []object // empty for a part of a read
	columns  []translate.TableColumn
	sample   *sample // of text formats whose columns are inferred
	hive     []hiveColumn
	folders  []int // of each column, its index in hive or -1; nil without partition folders
	stored   int   // columns that the files themselves have, when folders are set
}

// table finds a table's files and columns.
func (b *Backend) table(ctx context.Context, name backends.TableName) (*table, error) {
	p, err := tablePath(name)
	if err != nil {
		return nil, err
	}
	options, _ := b.optionsFor(p)
	files, format, err := b.store.files(ctx, p, options)
	if err != nil {
		return nil, err
	}
	t, err := b.tableOf(ctx, p, format, &files[0])
	if err != nil {
		return nil, err
	}
	t.files = files
	if options.HivePartitions == nil || *options.HivePartitions {
		columns, err := hiveColumns(files)
		if err != nil {
			return nil, err
		}
		t.partitionBy(columns)
	}
	return t, nil
}

// tableOf takes the columns from the declaration or the first file.
func (b *Backend) tableOf(ctx context.Context, p string, format Format, first *object) (t *table, err error) {
	t = &table{path: p, format: format}
	var declared []ColumnOptions
	t.options, declared = b.optionsFor(p)
	switch {
	case format != Parquet:
		err = b.textColumns(ctx, t, first)
	case declared == nil:
		err = b.parquetColumns(ctx, t, first)
	}
	if declared != nil && ctx.Err() == nil {
		// Without a sample only the estimate of rows is missing; reading tells what is wrong.
		err = t.declare(declared)
	}
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, c := range t.columns {
		if seen[c.Name] {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column %q of file %q specified more than once", c.Name, first.Key).
				WithHint("Declare the table's columns, or rename the file's.")
		}
		seen[c.Name] = true
	}
	return t, nil
}

// declare replaces the file's columns.
func (t *table) declare(columns []ColumnOptions) error {
	t.declared, t.columns = true, nil
	for _, c := range columns {
		typ, err := declared.Type(c.Type)
		if err != nil {
			return pgerr.New(pgerr.UndefinedObject, "column %q: %v", c.Name, err)
		}
		t.columns = append(t.columns, tableColumn(c.Name, typ, c.NotNull, ""))
	}
	return nil
}

func tableColumn(name string, typ pgtypes.Type, notNull bool, native string) translate.TableColumn {
	c := translate.TableColumn{Name: name, Type: typ, NotNull: notNull}
	if t := pgbuiltin.TypeByOID(typ.OID); t != nil {
		c.Collation = t.Collation
	}
	c.Facts = &translate.ColumnFacts{NativeType: native, Verified: true, NullFraction: -1}
	return c
}

// footer reads a Parquet file's footer, or remembers it.
func (b *Backend) footer(ctx context.Context, o *object, options *FormatOptions) (*parquetfile.File, error) {
	key := fmt.Sprintf("footer|%v|%s", options.Parquet, o.version())
	if known, ok := b.known.GetIfPresent(key); ok {
		return known.(*parquetfile.File), nil
	}
	src, err := b.store.openObject(ctx, o)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	f, err := parquetfile.ReadFooter(src, o.Size, parquetfile.Options{
		TruncateNanoseconds: options.Parquet.TruncateNanoseconds, BinaryAsText: options.Parquet.BinaryAsText,
	})
	if err != nil {
		return nil, inFile(o.Key, err)
	}
	b.known.Set(key, f)
	return f, nil
}

// footers reads those of several files at once.
func (b *Backend) footers(ctx context.Context, files []object, options *FormatOptions) ([]*parquetfile.File, error) {
	found := make([]*parquetfile.File, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range files {
		group.Go(func() (err error) {
			found[i], err = b.footer(ctx, &files[i], options)
			return err
		})
	}
	return found, group.Wait()
}

func (b *Backend) parquetColumns(ctx context.Context, t *table, first *object) error {
	f, err := b.footer(ctx, first, t.options)
	if err != nil {
		return err
	}
	for _, c := range f.Columns {
		t.columns = append(t.columns, tableColumn(c.Name, c.Type, c.NotNull, c.Native))
	}
	return nil
}

// described is how many files' footers Describe reads; the rest is estimated from
// their sizes.
const described = 256

// describeParquet counts rows, and checks that the files agree.
func (b *Backend) describeParquet(ctx context.Context, t *table, d *backends.Table) error {
	files := t.files[:min(len(t.files), described)]
	footers, err := b.footers(ctx, files, t.options)
	if err != nil {
		return err
	}
	rows, size := int64(0), int64(0)
	for i, f := range footers {
		if _, err := t.mapping(files[i].Key, f.Columns); err != nil {
			return err
		}
		for g := range f.RowGroups() {
			rows += f.Rows(g)
		}
		size += files[i].Size
		for j := range d.Columns {
			c := slices.IndexFunc(f.Columns, func(c parquetfile.Column) bool { return c.Name == d.Columns[j].Name })
			d.Columns[j].NotNull = d.Columns[j].NotNull && (t.declared || c >= 0 && f.Columns[c].NotNull)
		}
	}
	d.Rows = float64(rows)
	t.allFacts(d, footers)
	if len(files) < len(t.files) {
		d.Rows *= float64(d.Bytes) / float64(max(size, 1))
		for j := range d.Columns {
			d.Columns[j].NotNull = d.Columns[j].NotNull && t.declared
		}
	}
	return nil
}

// mapping finds the table's columns among a file's: an index for each, -1 for one
// that the file lacks. Files that differ are errors unless the table is by name.
func (t *table) mapping(key string, columns []parquetfile.Column) ([]int, error) {
	at := make([]int, len(t.columns))
	for i := range t.columns {
		c := &t.columns[i]
		at[i] = slices.IndexFunc(columns, func(f parquetfile.Column) bool { return f.Name == c.Name })
		switch {
		case t.folder(i) >= 0:
			at[i] = -1
		case at[i] < 0 && !t.options.ByName:
			return nil, pgerr.New(pgerr.DatatypeMismatch, "file %q has no column %q", key, c.Name).
				WithHint("Set by_name to read NULL for columns that a file lacks.")
		case at[i] >= 0 && !t.declared && columns[at[i]].Type != c.Type:
			return nil, pgerr.New(pgerr.DatatypeMismatch, "column %q of file %q is of type %s, and of the table %s",
				c.Name, key, declared.TypeName(columns[at[i]].Type), declared.TypeName(c.Type)).
				WithDetail("The file has %s.", columns[at[i]].Native).WithHint("Declare the table's columns.")
		}
	}
	if t.declared || t.options.ByName {
		return at, nil
	}
	for i, c := range columns {
		if !slices.Contains(at, i) && !t.isFolder(c.Name) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "file %q has a column %q that the table's first file lacks", key, c.Name).
				WithHint("Set by_name to ignore it.")
		}
	}
	return at, nil
}

// Statistics implements backends.Statistician: exact counts, bounds and shares of
// NULL from the Parquet footers.
func (b *Backend) Statistics(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	t, err := b.table(ctx, name)
	if err != nil {
		return nil, err
	}
	d, err := b.Describe(ctx, name)
	if err != nil || t.format != Parquet {
		return d, err
	}
	key := "statistics|" + t.fingerprint()
	if known, ok := b.known.GetIfPresent(key); ok {
		found := *known.(*backends.Table)
		found.Name = name
		return &found, nil
	}
	footers, err := b.footers(ctx, t.files, t.options)
	if err != nil {
		return nil, err
	}
	d.Rows = 0
	for _, f := range footers {
		for g := range f.RowGroups() {
			d.Rows += float64(f.Rows(g))
		}
	}
	t.allFacts(d, footers)
	b.known.Set(key, d)
	return d, nil
}

func (t *table) fingerprint() string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%s|%v|%v", t.path, t.options.Parquet, t.declared)
	for i := range t.files {
		fmt.Fprintln(h, t.files[i].version())
	}
	return string(h.Sum(nil))
}

// allFacts are those of every column that the files have.
func (t *table) allFacts(d *backends.Table, footers []*parquetfile.File) {
	for i := range d.Columns {
		if t.folder(i) < 0 {
			t.columnFacts(&d.Columns[i], footers)
		}
	}
}

// columnFacts merges a column's statistics over all row groups. One without bounds
// leaves the column without.
func (t *table) columnFacts(c *translate.TableColumn, footers []*parquetfile.File) {
	facts := *c.Facts
	rows, nulls, bounded, bytes := int64(0), int64(0), true, int64(0)
	dictionary, coded := int64(0), true // the largest; whether every row group has one
	for _, f := range footers {
		at := slices.IndexFunc(f.Columns, func(column parquetfile.Column) bool { return column.Name == c.Name })
		for g := range f.RowGroups() {
			rows += f.Rows(g)
			if at < 0 || f.Columns[at].Type.OID != c.Type.OID {
				nulls, bounded = -1, false
				continue
			}
			bounds := f.Bounds(g, at)
			bytes += f.Bytes(g, []int{at})
			size := f.DictionaryBytes(g, at)
			dictionary, coded = max(dictionary, size), coded && size > 0
			if nulls >= 0 && bounds.Nulls >= 0 {
				nulls += bounds.Nulls
			} else {
				nulls = -1
			}
			if bounds.Nulls == bounds.Rows {
				continue
			}
			if bounds.Min == nil {
				bounded = false
				continue
			}
			if facts.Min == nil || pgtypes.Compare(c.Type.OID, bounds.Min, facts.Min) < 0 {
				facts.Min = bounds.Min
			}
			if facts.Max == nil || pgtypes.Compare(c.Type.OID, bounds.Max, facts.Max) > 0 {
				facts.Max = bounds.Max
			}
		}
	}
	if !bounded {
		facts.Min, facts.Max = nil, nil
	}
	if rows > 0 && nulls >= 0 {
		facts.NullFraction = float64(nulls) / float64(rows)
	}
	if rows > 0 {
		facts.Width = float64(bytes) / float64(rows)
	}
	if !coded {
		dictionary = 0
	}
	facts.Distinct = distinct(c.Type.OID, &facts, float64(rows), dictionary)
	c.Facts = &facts
}

// dictionaryLimit is about where writers give up a dictionary: one so large says
// nothing.
const dictionaryLimit = 256 << 10

// distinct guesses the number of distinct values, 0 if nothing tells. Keys are mostly
// dense, so whole numbers and dates are as many as their range holds; texts are as
// many as fit the largest dictionary.
func distinct(oid uint32, facts *translate.ColumnFacts, rows float64, dictionary int64) float64 {
	switch low := facts.Min.(type) {
	case int32:
		if high, ok := facts.Max.(int32); ok {
			return min(rows, float64(high)-float64(low)+1)
		}
	case int64:
		if high, ok := facts.Max.(int64); ok && oid == pgtypes.OIDInt8 {
			return min(rows, float64(high)-float64(low)+1)
		}
	case string:
		if high, ok := facts.Max.(string); ok && 0 < dictionary && dictionary < dictionaryLimit {
			entry := float64(len(low)+len(high))/2 + 4 // its length is stored before it
			return min(rows, max(1, float64(dictionary)/entry))
		}
	}
	return 0
}

// inFile names the file in an error's message.
func inFile(key string, err error) error {
	e := pgerr.From(err)
	if e.Code == pgerr.QueryCanceled || e.Code == pgerr.IOError {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("file %q: %s", key, e.Message)
	return &named
}
