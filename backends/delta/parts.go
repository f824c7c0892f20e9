package delta

import (
	"context"
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// part is what a Partition's token holds: all that a read needs to know, so that
// opening one lists nothing where the version is known.
type part struct {
	Path    string `json:"path"` // of the table, below the root
	Version int64  `json:"version"`
	Stamp   string `json:"stamp"`         // tells versions of two tables of one name apart
	Old     bool   `json:"old,omitempty"` // the version was asked for
	Units   []unit `json:"units"`
	Skipped counts `json:"skipped"` // what the log ruled out, told once
}

type counts struct {
	Files int64 `json:"files,omitempty"`
	Bytes int64 `json:"bytes,omitempty"`
}

// unit is a data file, or consecutive row groups of one.
type unit struct {
	File addFile `json:"file"`
	From int     `json:"from,omitempty"`
	To   int     `json:"to,omitempty"` // 0 for all
	Rows int64   `json:"rows,omitempty"`
	Size int64   `json:"bytes,omitempty"`
}

// partRows is the least number of rows worth a part of their own.
const partRows = 122880

// units lists the files that the predicates leave.
func (s *snapshot) units(predicates []backends.Predicate) (units []unit, skipped counts) {
	for i := range s.files {
		f := &s.files[i]
		if !s.mayMatch(i, predicates) {
			skipped.Files++
			skipped.Bytes += f.Size
			continue
		}
		rows := s.rows(i)
		if rows < 0 {
			rows = f.Size / 32 // a guess, for weights alone
		}
		units = append(units, unit{
			File: addFile{Path: f.Path, PartitionValues: f.PartitionValues, Size: f.Size, ModTime: f.ModTime, Vector: f.Vector},
			Rows: rows, Size: f.Size,
		})
	}
	return units, skipped
}

// Partitions implements backends.Partitioner. Parts are whole files, and row groups
// where there are fewer files than parts wanted.
func (b *Backend) Partitions(ctx context.Context, f backends.Fragment, want int) (backends.KeyPartitioning, error) {
	out := backends.KeyPartitioning{Kind: backends.PartitionSource}
	if f.Scan == nil {
		return out, pgerr.Internal("a Delta table was sent a query")
	}
	s, old, err := b.resolve(ctx, f.Scan.Table)
	if err != nil {
		return out, err
	}
	units, skipped := s.units(f.Scan.Predicates)
	if len(units) < 4*want {
		if units, err = b.rowGroups(ctx, s, units); err != nil {
			return out, err
		}
	}
	for i, group := range spreadUnits(units, max(want, 1)) {
		token := part{Path: s.place.path, Version: s.version, Stamp: s.last.ModTime.String(), Old: old, Units: group}
		if i == 0 {
			token.Skipped = skipped
		}
		text, err := json.Marshal(token)
		if err != nil {
			return out, err
		}
		p := backends.Partition{Token: string(text)}
		for _, u := range group {
			p.Rows += float64(u.Rows)
			p.Bytes += u.Size
		}
		out.Parts = append(out.Parts, p)
	}
	return out, nil
}

// rowGroups cuts files into their row groups.
func (b *Backend) rowGroups(ctx context.Context, s *snapshot, units []unit) ([]unit, error) {
	var cut []unit
	for _, u := range units {
		if u.Rows < partRows {
			cut = append(cut, u)
			continue
		}
		file, err := b.footer(ctx, s.place.folder, &u.File)
		if err != nil {
			return nil, err
		}
		for g := range file.RowGroups() {
			part := unit{File: u.File, From: g, To: g + 1, Rows: file.Rows(g), Size: u.Size / int64(max(file.RowGroups(), 1))}
			cut = append(cut, part)
		}
		if file.RowGroups() == 0 {
			cut = append(cut, u)
		}
	}
	return cut, nil
}

// spreadUnits deals units out into at most want parts of even weight, in order, and
// joins consecutive row groups of a file. There is always one part.
func spreadUnits(units []unit, want int) [][]unit {
	total := int64(0)
	for i := range units {
		total += units[i].weigh()
	}
	target := max(total/int64(want)+1, partRows)
	parts := [][]unit{nil}
	filled := int64(0)
	for _, u := range units {
		last := &parts[len(parts)-1]
		if filled >= target && len(parts) < want {
			parts, filled = append(parts, nil), 0
			last = &parts[len(parts)-1]
		}
		filled += u.weigh()
		if n := len(*last); n > 0 && u.To > 0 && (*last)[n-1].File.Path == u.File.Path && (*last)[n-1].To == u.From {
			before := &(*last)[n-1]
			before.To, before.Rows, before.Size = u.To, before.Rows+u.Rows, before.Size+u.Size
			continue
		}
		*last = append(*last, u)
	}
	return parts
}

// weigh is a unit's size in rows; a small file still costs an open.
func (u *unit) weigh() int64 { return max(u.Rows, 1024) }

// readPart reads one part of Partitions' answer, at the version that it was cut from.
func (b *Backend) readPart(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	var token part
	if err := json.Unmarshal([]byte(f.Partition.Token), &token); err != nil {
		return nil, pgerr.Internal("partition of table %q: %v", f.Scan.Table.Name, err)
	}
	s, err := b.at(ctx, &token)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, b, f, s, token.Old, token.Units, token.Skipped)
}

// at gives the version of a token.
func (b *Backend) at(ctx context.Context, token *part) (*snapshot, error) {
	b.mu.Lock()
	s := b.recents[token.Path]
	b.mu.Unlock()
	if s != nil && s.version == token.Version && s.last.ModTime.String() == token.Stamp {
		return s, nil
	}
	if known, ok := b.known.GetIfPresent(versionKey(token.Path, token.Version, token.Stamp)); ok {
		return known.(*snapshot), nil
	}
	at := &place{path: token.Path, asOf: asOf{version: &token.Version}}
	if token.Path != "" {
		at.folder = token.Path + "/"
	}
	at.name.Name = token.Path
	return b.snapshot(ctx, at)
}
