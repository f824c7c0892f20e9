package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/internal/jsonscan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// sample is what the first records of a text file tell.
type sample struct {
	columns []translate.TableColumn
	records int64
	bytes   int64 // stored bytes that they took
}

// rows estimates how many rows so many stored bytes hold.
func (s *sample) rows(stored int64) float64 {
	if s == nil || s.bytes == 0 {
		return -1
	}
	return float64(s.records) / float64(s.bytes) * float64(stored)
}

// sampleRecords is the default of schema_infer_max_records.
const sampleRecords = 10000

func (b *Backend) textColumns(ctx context.Context, t *table, first *object) error {
	key := fmt.Sprintf("sample|%s|%+v|%+v|%s", t.format, csvKey(&t.options.CSV), t.options.JSON, first.version())
	if known, ok := b.known.GetIfPresent(key); ok {
		t.sample = known.(*sample)
		t.columns = slices.Clone(t.sample.columns)
		return nil
	}
	body, count, err := b.store.openText(ctx, first)
	if err != nil {
		return err
	}
	defer body.Close()
	w, err := newWindow(body)
	if err != nil {
		return inFile(first.Key, err)
	}
	s := &sample{}
	if t.format == CSV {
		err = s.csv(w, &t.options.CSV)
	} else {
		err = s.json(w, &t.options.JSON)
	}
	if err != nil {
		return inFile(first.Key, err)
	}
	s.bytes = count.bytes
	if !w.eof && count.bytes > int64(len(w.data())) {
		s.bytes -= int64(len(w.data())) // read ahead; for compressed files a rough figure
	}
	b.known.Set(key, s)
	t.sample, t.columns = s, slices.Clone(s.columns)
	return nil
}

// csvKey is the options without their pointer.
func csvKey(o *CSVOptions) any {
	flat := *o
	flat.HasHeader = nil
	return []any{flat, o.header()}
}

func (o *CSVOptions) header() bool { return o.HasHeader == nil || *o.HasHeader }

// csv infers the columns of a CSV text.
func (s *sample) csv(w *window, o *CSVOptions) error {
	r := newCSVReader(w, o)
	var names []string
	var guesses []guess
	most := o.SchemaInferMaxRecords
	if most == 0 {
		most = sampleRecords
	}
	if o.header() {
		ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			return pgerr.New(pgerr.FdwError, "it is empty, and has no header to take columns from").WithHint("Declare the table's columns.")
		}
		names = headerNames(r.fields)
		for i, name := range names {
			if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
				return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\" in column name %d of the header", i+1).
					WithHint("Files are read as UTF-8.")
			}
		}
		guesses = make([]guess, len(names))
		r.single = len(names) == 1
	}
	for s.records < int64(most) {
		ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		s.records++
		for len(guesses) < len(r.fields) && !o.header() {
			names = append(names, fmt.Sprintf("column%d", len(names)+1))
			guesses = append(guesses, guess{})
		}
		for i := range r.fields[:min(len(r.fields), len(guesses))] {
			if f := &r.fields[i]; !r.isNull(f) {
				guesses[i].add(kindsOfText(f.text))
			}
		}
	}
	if len(names) == 0 {
		return pgerr.New(pgerr.FdwError, "it is empty").WithHint("Declare the table's columns.")
	}
	for i, name := range names {
		s.columns = append(s.columns, tableColumn(name, guesses[i].typ(), false, "csv"))
	}
	return nil
}

// headerNames are the columns' names; an empty one is named by its place.
func headerNames(fields []csvField) []string {
	names := make([]string, len(fields))
	for i := range fields {
		if names[i] = string(fields[i].text); names[i] == "" {
			names[i] = fmt.Sprintf("column%d", i+1)
		}
	}
	return names
}

// json infers the columns of JSON lines, in the order of their first appearance.
func (s *sample) json(w *window, o *JSONOptions) error {
	most := o.SchemaInferMaxRecords
	if most == 0 {
		most = sampleRecords
	}
	places := map[string]int{}
	var names []string
	var guesses []guess
	var found []jsonscan.Member
	for s.records < int64(most) {
		line, ok, err := w.nextLine()
		if err != nil || !ok {
			if err != nil {
				return err
			}
			break
		}
		w.line++
		if isBlank(line) {
			continue
		}
		if found, err = members(found[:0], line); err != nil {
			return atLine(w.line-1, "", err)
		}
		s.records++
		for _, m := range found {
			i, known := places[string(m.Key)]
			if !known {
				i = len(names)
				places[string(m.Key)] = i
				names, guesses = append(names, string(m.Key)), append(guesses, guess{})
			}
			if string(m.Value) != "null" {
				guesses[i].add(kindsOfJSON(m.Value))
			}
		}
	}
	if len(names) == 0 {
		return pgerr.New(pgerr.FdwError, "it holds no object to take columns from").WithHint("Declare the table's columns.")
	}
	for i, name := range names {
		s.columns = append(s.columns, tableColumn(name, guesses[i].typ(), false, "json"))
	}
	return nil
}

func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// textUnit reads a CSV or JSON lines file into builders of the wanted columns.
type textUnit struct {
	*reader
	key       string
	body      io.Closer
	count     *countingReader
	counted   int64
	window    *window
	builders  []array.Builder
	folders   []bool // outputs that come from a partition folder
	constants constants
	// row appends the next record; ok is false at the end.
	row func() (ok bool, err error)
}

// textBatchBytes ends a batch of long rows early.
const textBatchBytes = 16 << 20

func (r *reader) openText(u unit) (unitReader, error) {
	body, count, err := r.backend.store.openText(r.ctx, &u.Object)
	if err != nil {
		return nil, err
	}
	t := &textUnit{reader: r, key: u.Object.Key, body: body, count: count, constants: constants{alloc: r.backend.alloc}}
	for _, c := range r.scan.Columns {
		t.folders = append(t.folders, r.table.folder(c) >= 0)
	}
	if t.window, err = newWindow(body); err == nil {
		for _, c := range r.output {
			t.builders = append(t.builders, array.NewBuilder(r.backend.alloc, pgtypes.ArrowType(c.Type)))
		}
		if r.table.format == CSV {
			err = t.startCSV()
		} else {
			t.startJSON()
		}
	}
	if err != nil {
		err = inFile(t.key, err)
		_ = t.close()
		return nil, err
	}
	r.metrics.Files++
	return t, nil
}

// next implements unitReader.
func (t *textUnit) next(most int) ([]arrow.Array, int, error) {
	for _, b := range t.builders {
		b.Reserve(min(most, 1024))
	}
	rows, start := 0, t.count.bytes
	for rows < most && t.count.bytes-start < textBatchBytes {
		ok, err := t.row()
		if err != nil {
			return nil, 0, inFile(t.key, err)
		}
		if !ok {
			break
		}
		rows++
	}
	t.metrics.Bytes += t.count.bytes - t.counted
	t.counted = t.count.bytes
	if rows == 0 {
		return nil, 0, nil
	}
	columns := make([]arrow.Array, 0, len(t.builders))
	for i, b := range t.builders {
		if !t.folders[i] {
			columns = append(columns, b.NewArray())
			continue
		}
		value, err := t.constants.column(t.reader, t.key, i, rows)
		if err != nil {
			for _, c := range columns {
				c.Release()
			}
			return nil, 0, err
		}
		columns = append(columns, value)
	}
	return columns, rows, nil
}

// close implements unitReader.
func (t *textUnit) close() error {
	for _, b := range t.builders {
		b.Release()
	}
	t.builders = nil
	t.constants.release()
	return t.body.Close()
}

// startCSV maps the file's columns and makes row.
func (t *textUnit) startCSV() error {
	o := &t.table.options.CSV
	r := newCSVReader(t.window, o)
	places, width := t.table.places(t.scan.Columns)
	r.single = width == 1
	if o.header() {
		ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok { // an empty file is no rows
			t.row = func() (bool, error) { return false, nil }
			return nil
		}
		names := headerNames(r.fields)
		if places, err = t.headerPlaces(names); err != nil {
			return err
		}
		width = len(names)
		r.single = width == 1
	}
	t.row = func() (bool, error) { return t.csvRow(r, places, width, o.TruncatedRowsOK) }
	return nil
}

// headerPlaces finds the wanted columns in a header. A file whose header differs
// from the table's columns is an error, unless the table is by name or declared.
func (t *textUnit) headerPlaces(names []string) ([]int, error) {
	places := make([]int, len(t.scan.Columns))
	for i, c := range t.scan.Columns {
		places[i] = slices.Index(names, t.table.columns[c].Name)
		if places[i] < 0 && !t.folders[i] && !t.table.options.ByName {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "it has no column %q", t.table.columns[c].Name).
				WithHint("Set by_name to read NULL for columns that a file lacks.")
		}
	}
	if t.table.declared || t.table.options.ByName {
		return places, nil
	}
	for _, name := range names {
		if !t.table.isFolder(name) && !slices.ContainsFunc(t.table.columns, func(c translate.TableColumn) bool { return c.Name == name }) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "it has a column %q that the table's first file lacks", name).
				WithHint("Set by_name to ignore it.")
		}
	}
	return places, nil
}

func (t *textUnit) csvRow(r *csvReader, places []int, width int, short bool) (bool, error) {
	ok, err := r.next()
	if err != nil || !ok {
		return false, err
	}
	if len(r.fields) > width {
		return false, pgerr.New(badCopyFormat, "line %d: extra data after last expected column", r.start)
	}
	if len(r.fields) < width && !short {
		return false, pgerr.New(badCopyFormat, "line %d: missing data for column %d of %d", r.start, len(r.fields)+1, width)
	}
	for i, place := range places {
		b := t.builders[i]
		if t.folders[i] {
			continue
		}
		if place < 0 || place >= len(r.fields) || r.isNull(&r.fields[place]) {
			b.AppendNull()
			continue
		}
		if err := appendText(b, t.output[i].Type, r.fields[place].text); err != nil {
			return false, atLine(r.start, t.name(i), err)
		}
	}
	return true, nil
}

// name is the table's name of an output column.
func (t *textUnit) name(i int) string { return t.table.columns[t.scan.Columns[i]].Name }

// startJSON makes row.
func (t *textUnit) startJSON() {
	outputs := map[string][]int{} // by key
	for i := range t.scan.Columns {
		if t.folders[i] {
			continue
		}
		outputs[t.name(i)] = append(outputs[t.name(i)], i)
	}
	values := make([][]byte, len(t.scan.Columns))
	var found []jsonscan.Member
	t.row = func() (bool, error) {
		line, ok, err := t.window.nextLine()
		for ok && err == nil && isBlank(line) {
			t.window.line++
			line, ok, err = t.window.nextLine()
		}
		if err != nil || !ok {
			return false, err
		}
		at := t.window.line
		t.window.line++
		if found, err = members(found[:0], line); err != nil {
			return false, atLine(at, "", err)
		}
		clear(values)
		for _, m := range found { // of a key given twice the last counts, as in jsonb
			for _, i := range outputs[string(m.Key)] {
				values[i] = m.Value
			}
		}
		for i, v := range values {
			if t.folders[i] {
				continue
			}
			if v == nil {
				t.builders[i].AppendNull()
			} else if err := appendJSON(t.builders[i], t.output[i].Type, v); err != nil {
				return false, atLine(at, t.name(i), err)
			}
		}
		return true, nil
	}
}

// atLine says where in a text file a value does not fit.
func atLine(line int, column string, err error) error {
	var known *pgerr.Error
	if !errors.As(err, &known) {
		return err
	}
	e := *known
	e.Message = fmt.Sprintf("line %d: %s", line, known.Message)
	if column != "" {
		e.Message = fmt.Sprintf("line %d, column %q: %s", line, column, known.Message)
		e.Column = column
		if e.Hint == "" {
			e.Hint = "Types are inferred from the first records; declare the column's type."
		}
	}
	return &e
}
