package delta

import (
	"context"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

var _ backends.Replacer = (*tx)(nil)

// Replace implements backends.Replacer: files that lose rows are written anew without
// them.
func (t *tx) Replace(ctx context.Context, target backends.WriteTarget, gone [][]pgtypes.Datum, fresh array.RecordReader) error {
	if err := t.live(); err != nil {
		return err
	}
	p, err := t.change(ctx, target.Table)
	if err != nil {
		return err
	}
	s, err := p.snapshot()
	if err != nil {
		return err
	}
	if err := s.writable(); err != nil {
		return err
	}
	if err := t.truncates(p, s); err != nil {
		return err
	}
	without, err := rowsByFile(gone)
	if err != nil {
		return err
	}
	units, err := p.take(s, without)
	if err != nil {
		return err
	}
	rest, err := t.rest(ctx, s, target, units, without)
	if err != nil {
		return err
	}
	added, n, err := t.writeFiles(ctx, s, target, fresh)
	if err != nil {
		return err
	}
	p.adds = append(append(p.adds, rest...), added...)
	if p.operation = "DELETE"; n > 0 {
		p.operation = "UPDATE"
	}
	t.pending = p
	return nil
}

// rowsByFile sorts rows, as the system columns give them, by their files.
func rowsByFile(gone [][]pgtypes.Datum) (map[string]*roaring64.Bitmap, error) {
	files := map[string]*roaring64.Bitmap{}
	for _, row := range gone {
		if len(row) != 2 {
			return nil, pgerr.Internal("a row of a Delta table is identified by %d columns", len(row))
		}
		path, ok1 := row[0].(string)
		at, ok2 := row[1].(int64)
		if !ok1 || !ok2 || at < 0 {
			return nil, pgerr.Internal("a row of a Delta table at %v in %v", row[1], row[0])
		}
		if files[path] == nil {
			files[path] = roaring64.New()
		}
		files[path].Add(uint64(at))
	}
	return files, nil
}

// take takes files away and gives them to be read.
func (p *pending) take(s *snapshot, without map[string]*roaring64.Bitmap) ([]unit, error) {
	p.removed = maps.Clone(p.removed)
	if p.removed == nil {
		p.removed = map[string]bool{}
	}
	var units []unit
	for i := range s.files {
		f := &s.files[i]
		if without[f.Path] == nil {
			continue
		}
		units = append(units, unit{File: *f})
		own := len(p.adds)
		p.adds = slices.DeleteFunc(slices.Clone(p.adds), func(a addFile) bool { return a.Path == f.Path })
		if own == len(p.adds) {
			p.removed[fileKey(f.Path, f.Vector)] = true
		}
	}
	if len(units) != len(without) {
		return nil, errSerialization(p.place) // a file that was read is no part of the table any more
	}
	return units, nil
}

// rest writes the rows that stay of the files that are taken away.
func (t *tx) rest(ctx context.Context, s *snapshot, target backends.WriteTarget, units []unit, without map[string]*roaring64.Bitmap) ([]addFile, error) {
	f := backends.Fragment{Scan: &backends.ScanFragment{Table: target.Table, Limit: -1}, Output: target.Columns}
	for _, c := range target.Columns {
		at := slices.IndexFunc(s.fields, func(f field) bool { return f.name == c.Name })
		if at < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", c.Name, target.Table.Name)
		}
		f.Scan.Columns = append(f.Scan.Columns, at)
	}
	if len(target.Columns) != len(s.fields) {
		return nil, pgerr.Internal("a row of a Delta table of %d columns is written with %d", len(s.fields), len(target.Columns))
	}
	r, err := newReader(ctx, t.b, f, s, false, units, counts{})
	if err != nil {
		return nil, err
	}
	defer r.Release()
	r.without = without
	adds, _, err := t.writeFiles(ctx, s, target, r)
	return adds, err
}
