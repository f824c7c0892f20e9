package objectstore

import (
	"net/url"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// hiveNull is the folder of NULL, as Hive names it.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// hiveColumn is a column whose value is the name of a folder: day=2024-01-01.
type hiveColumn struct {
	Name string `json:"name"`
	OID  uint32 `json:"oid"`
}

// hiveValues takes the folders of the form name=value out of a key.
func hiveValues(key string, visit func(name, value string)) {
	folders := strings.Split(key, "/")
	for _, folder := range folders[:len(folders)-1] {
		name, value, ok := strings.Cut(folder, "=")
		if ok && name != "" {
			visit(unescaped(name), unescaped(value))
		}
	}
}

func hasFolders(key string) (found bool) {
	hiveValues(key, func(string, string) { found = true })
	return found
}

func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// hiveColumns finds the partition columns of files, and infers their types from all
// values. There are none where a file lies under no such folder; files under other ones
// than the first are an error.
func hiveColumns(files []object) ([]hiveColumn, error) {
	if slices.ContainsFunc(files, func(o object) bool { return !hasFolders(o.Key) }) {
		return nil, nil
	}
	var columns []hiveColumn
	var guesses []guess
	for i := range files {
		at, fault := 0, false
		hiveValues(files[i].Key, func(name, value string) {
			if i == 0 {
				columns, guesses = append(columns, hiveColumn{Name: name}), append(guesses, guess{})
			}
			if fault = fault || at >= len(columns) || columns[at].Name != name; fault {
				return
			}
			if value != hiveNull && value != "" {
				guesses[at].add(kindsOfText([]byte(value)))
			}
			at++
		})
		if fault || at != len(columns) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "files %q and %q lie under different partition folders", files[0].Key, files[i].Key).
				WithHint("Set hive_partitions to false to read such folders as mere folders.")
		}
	}
	for i := range columns {
		columns[i].OID = guesses[i].typ().OID
		if slices.ContainsFunc(columns[:i], func(c hiveColumn) bool { return c.Name == columns[i].Name }) {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column %q of file %q specified more than once", columns[i].Name, files[0].Key)
		}
	}
	return columns, nil
}

// partitionBy makes table columns of partition folders. A column that the files have
// too stays in its place with its type, and the folder tells its value.
func (t *table) partitionBy(columns []hiveColumn) {
	t.hive = columns
	if len(columns) == 0 {
		return
	}
	t.stored = len(t.columns)
	for _, c := range columns {
		if !t.declared && !slices.ContainsFunc(t.columns, func(have translate.TableColumn) bool { return have.Name == c.Name }) {
			t.columns = append(t.columns, tableColumn(c.Name, pgtypes.Of(c.OID), false, "folder name"))
		}
	}
	t.folders = make([]int, len(t.columns))
	for i := range t.columns {
		if t.isFolder(t.columns[i].Name) && !t.declared {
			t.columns[i].NotNull = false // a folder may stand for NULL
		}
		t.folders[i] = slices.IndexFunc(columns, func(c hiveColumn) bool { return c.Name == t.columns[i].Name })
	}
}

// folder is the partition folder that a column's value comes from, -1 for a column of
// the files.
func (t *table) folder(column int) int {
	if t.folders == nil {
		return -1
	}
	return t.folders[column]
}

// isFolder says that a name is that of a partition column.
func (t *table) isFolder(name string) bool {
	return slices.ContainsFunc(t.hive, func(c hiveColumn) bool { return c.Name == name })
}

// folderValue is a partition column's value in a file; nil is NULL.
func (t *table) folderValue(key string, column int) (value pgtypes.Datum, err error) {
	at := 0
	hiveValues(key, func(_, text string) {
		if at == t.folders[column] && text != hiveNull && text != "" {
			value, err = pgtypes.Parse(t.columns[column].Type, text, pgtypes.DefaultStyle())
		}
		at++
	})
	if err != nil {
		return nil, columnError(t.columns[column].Name, inFile(key, err))
	}
	return value, nil
}

// places are the columns' places in a record without a header, -1 for those that
// folders tell, and the record's width.
func (t *table) places(columns []int) (places []int, width int) {
	if t.folders == nil {
		return slices.Clone(columns), len(t.columns)
	}
	of := make([]int, len(t.columns))
	for i := range t.columns {
		of[i] = width
		if t.folders[i] >= 0 {
			of[i] = -1
		}
		if t.folders[i] < 0 || !t.declared && i < t.stored {
			width++
		}
	}
	for _, c := range columns {
		places = append(places, of[c])
	}
	return places, width
}

// prune splits off the files whose folders rule the predicates out.
func (t *table) prune(predicates []backends.Predicate) (kept []object, skipped counts, err error) {
	if t.folders == nil {
		return t.files, skipped, nil
	}
	for i := range t.files {
		may := true
		for _, p := range predicates {
			if t.folder(p.Column) < 0 || !may {
				continue
			}
			v, err := t.folderValue(t.files[i].Key, p.Column)
			if err != nil {
				return nil, skipped, err
			}
			may = valueMayMatch(t.columns[p.Column].Type, v, &p)
		}
		if may {
			kept = append(kept, t.files[i])
			continue
		}
		skipped.Files++
		skipped.Bytes += t.files[i].Size
	}
	return kept, skipped, nil
}

// valueMayMatch says whether a single value may pass a predicate.
func valueMayMatch(typ pgtypes.Type, v pgtypes.Datum, p *backends.Predicate) bool {
	if v == nil || p.Op == backends.IsNull || p.Op == backends.IsNotNull {
		return v == nil && p.Op == backends.IsNull || v != nil && p.Op == backends.IsNotNull
	}
	if p.Op == backends.Among {
		n, ok := v.(int64)
		return !ok || typ.OID != pgtypes.OIDInt8 || p.Set == nil || p.Set.Has(n)
	}
	switch typ.OID {
	case pgtypes.OIDBool, pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDNumeric, pgtypes.OIDDate,
		pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDText, pgtypes.OIDVarchar:
	default:
		return true
	}
	if p.Op == backends.In {
		return slices.ContainsFunc(p.Values, func(w pgtypes.Datum) bool { return w != nil && pgtypes.Compare(typ.OID, v, w) == 0 })
	}
	if len(p.Values) != 1 || p.Values[0] == nil {
		return true
	}
	order := pgtypes.Compare(typ.OID, v, p.Values[0])
	switch p.Op {
	case backends.Equal:
		return order == 0
	case backends.NotEqual:
		return order != 0
	case backends.Less:
		return order < 0
	case backends.LessOrEqual:
		return order <= 0
	case backends.Greater:
		return order > 0
	case backends.GreaterOrEqual:
		return order >= 0
	}
	return true
}

// constants makes the arrays of a file's partition columns.
type constants struct {
	alloc memory.Allocator
	known map[int]arrow.Array // by output; the longest so far
}

// column gives rows times the value of an output that comes from a folder.
func (c *constants) column(r *reader, key string, output, rows int) (arrow.Array, error) {
	if a := c.known[output]; a != nil && a.Len() >= rows {
		return array.NewSlice(a, 0, int64(rows)), nil
	}
	v, err := r.table.folderValue(key, r.scan.Columns[output])
	if err != nil {
		return nil, err
	}
	typ := r.output[output].Type
	builder := array.NewBuilder(c.alloc, pgtypes.ArrowType(typ))
	defer builder.Release()
	builder.Reserve(rows)
	for range rows {
		if v == nil {
			builder.AppendNull()
		} else if err := pgtypes.AppendToBuilder(builder, typ, v); err != nil {
			return nil, err
		}
	}
	a := builder.NewArray()
	if c.known == nil {
		c.known = map[int]arrow.Array{}
	}
	if before := c.known[output]; before != nil {
		before.Release()
	}
	a.Retain()
	c.known[output] = a
	return a, nil
}

func (c *constants) release() {
	for _, a := range c.known {
		a.Release()
	}
	c.known = nil
}
