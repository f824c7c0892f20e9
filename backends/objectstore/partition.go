package objectstore

import (
	"context"
	"encoding/json"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// part is what a Partition's token holds: all that a read needs to know, so that
// opening one lists nothing.
type part struct {
	Path    string       `json:"path"`
	Format  Format       `json:"format"`
	First   object       `json:"first"` // the table's columns are its
	Hive    []hiveColumn `json:"hive,omitempty"`
	Units   []unit       `json:"units"`
	Skipped counts       `json:"skipped"` // what the statistics ruled out, told once
}

type counts struct {
	Files     int64 `json:"files,omitempty"`
	RowGroups int64 `json:"groups,omitempty"`
	Bytes     int64 `json:"bytes,omitempty"`
}

// unit is a file, or consecutive row groups of a Parquet file.
type unit struct {
	Object object `json:"object"`
	From   int    `json:"from,omitempty"`
	To     int    `json:"to,omitempty"`
	Rows   int64  `json:"rows,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
}

// partRows is the least number of rows worth a part of their own: opening one
// costs tens of microseconds, decoding that many rows some milliseconds.
const partRows = 122880

// plan is a read's table and what to read of it.
type plan struct {
	table   *table
	units   []unit
	skipped counts
}

// plan resolves a fragment: its partition, or the whole table.
func (b *Backend) plan(ctx context.Context, f *backends.Fragment) (*plan, error) {
	if f.Partition == nil {
		t, err := b.table(ctx, f.Scan.Table)
		if err != nil {
			return nil, err
		}
		files, skipped, err := t.prune(f.Scan.Predicates)
		p := &plan{table: t, skipped: skipped}
		for i := range files {
			p.units = append(p.units, unit{Object: files[i], To: -1})
		}
		return p, err
	}
	var token part
	if err := json.Unmarshal([]byte(f.Partition.Token), &token); err != nil {
		return nil, pgerr.Internal("partition of table %q: %v", f.Scan.Table.Name, err)
	}
	t, err := b.tableOf(ctx, token.Path, token.Format, &token.First)
	if err != nil {
		return nil, err
	}
	t.partitionBy(token.Hive)
	return &plan{table: t, units: token.Units, skipped: token.Skipped}, nil
}

// Partitions implements backends.Partitioner. Parts are row groups of Parquet and
// whole files of text; row groups that the predicates rule out are in none.
func (b *Backend) Partitions(ctx context.Context, f backends.Fragment, want int) (backends.KeyPartitioning, error) {
	if f.Scan == nil {
		return backends.KeyPartitioning{}, pgerr.Internal("an object store was sent a query")
	}
	t, err := b.table(ctx, f.Scan.Table)
	if err != nil {
		return backends.KeyPartitioning{}, err
	}
	units, skipped, err := b.units(ctx, t, f.Scan)
	if err != nil {
		return backends.KeyPartitioning{}, err
	}
	out := backends.KeyPartitioning{Kind: backends.PartitionSource}
	for i, group := range spreadUnits(units, max(want, 1)) {
		token := part{Path: t.path, Format: t.format, First: t.files[0], Hive: t.hive, Units: group}
		if i == 0 {
			token.Skipped = skipped
		}
		text, err := json.Marshal(token)
		if err != nil {
			return backends.KeyPartitioning{}, err
		}
		p := backends.Partition{Token: string(text)}
		for _, u := range group {
			p.Rows += float64(u.Rows)
			p.Bytes += u.Bytes
		}
		out.Parts = append(out.Parts, p)
	}
	return out, nil
}

// units lists row groups or files that the predicates leave.
func (b *Backend) units(ctx context.Context, t *table, scan *backends.ScanFragment) (units []unit, skipped counts, err error) {
	files, skipped, err := t.prune(scan.Predicates)
	if err != nil {
		return nil, skipped, err
	}
	if t.format != Parquet {
		for i := range files {
			u := unit{Object: files[i], Bytes: files[i].Size}
			u.Rows = int64(t.sample.rows(u.Bytes))
			units = append(units, u)
		}
		return units, skipped, nil
	}
	footers, err := b.footers(ctx, files, t.options)
	if err != nil {
		return nil, skipped, err
	}
	for i, f := range footers {
		at, err := t.mapping(files[i].Key, f.Columns)
		if err != nil {
			return nil, skipped, err
		}
		columns, kept := projected(scan.Columns, at), 0
		for g := range f.RowGroups() {
			if !mayMatch(f, g, t, at, scan.Predicates) {
				skipped.RowGroups++
				skipped.Bytes += f.Bytes(g, columns)
				continue
			}
			kept++
			units = append(units, unit{Object: files[i], From: g, To: g + 1, Rows: f.Rows(g), Bytes: f.Bytes(g, columns)})
		}
		if kept == 0 {
			skipped.Files++
		}
	}
	return units, skipped, nil
}

// spreadUnits deals units out into at most want parts of even weight, in order,
// and joins consecutive row groups of a file. There is always one part.
func spreadUnits(units []unit, want int) [][]unit {
	total := int64(0)
	for i := range units {
		total += weigh(&units[i])
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
		filled += weigh(&u)
		if n := len(*last); n > 0 && u.To > 0 && (*last)[n-1].Object.Key == u.Object.Key && (*last)[n-1].To == u.From {
			before := &(*last)[n-1]
			before.To, before.Rows, before.Bytes = u.To, before.Rows+u.Rows, before.Bytes+u.Bytes
			continue
		}
		*last = append(*last, u)
	}
	return parts
}

// weigh is a unit's size in rows; a small file still costs an open.
func weigh(u *unit) int64 { return max(u.Rows, 1024) }
