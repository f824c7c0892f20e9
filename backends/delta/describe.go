package delta

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// describe gives a table's columns with what the log's statistics say of them.
func (s *snapshot) describe(name backends.TableName) *backends.Table {
	d := &backends.Table{Name: name, Kind: translate.OrdinaryTable, Columns: append([]translate.TableColumn(nil), s.columns...)}
	if s.metadata.Description != nil {
		d.Comment = *s.metadata.Description
	}
	defer s.addSystemColumns(d)
	known, knownBytes := 0.0, int64(0)
	for i := range s.files {
		d.Bytes += s.files[i].Size
		if rows := s.rows(i); rows >= 0 {
			known += float64(rows)
			knownBytes += s.files[i].Size
		}
	}
	switch {
	case knownBytes == d.Bytes:
		d.Rows = known
	case knownBytes > 0:
		d.Rows = known * float64(d.Bytes) / float64(knownBytes)
	default:
		d.Rows = -1
	}
	for i := range d.Columns {
		s.columnFacts(&d.Columns[i], i)
		if comment := s.fields[i].text(metaComment); comment != "" {
			if d.ColumnComments == nil {
				d.ColumnComments = make([]string, len(d.Columns))
			}
			d.ColumnComments[i] = comment
		}
	}
	return d
}

// columnFacts merges a column's bounds over all files. One without bounds leaves the
// column without.
func (s *snapshot) columnFacts(c *translate.TableColumn, column int) {
	facts := *c.Facts
	bounded, nulls, rows := true, int64(0), int64(0)
	distinct := map[string]bool{}
	for i := range s.files {
		b := s.bounds(i, column)
		if s.partition(column) {
			if b.Min != nil {
				distinct[pgtypes.Text(c.Type, b.Min, pgtypes.DefaultStyle())] = true
			}
			if records := s.statsOf(i).Records; records != nil {
				b.Rows, b.Nulls = *records, b.Nulls**records
			} else {
				b.Nulls = -1
			}
		}
		rows += b.Rows
		if nulls >= 0 && b.Nulls >= 0 {
			nulls += b.Nulls
		} else {
			nulls = -1
		}
		switch {
		case b.Min == nil && b.Nulls >= 0 && b.Nulls == b.Rows:
		case b.Min == nil:
			bounded = false
		default:
			if facts.Min == nil || pgtypes.Compare(c.Type.OID, b.Min, facts.Min) < 0 {
				facts.Min = b.Min
			}
			if facts.Max == nil || pgtypes.Compare(c.Type.OID, b.Max, facts.Max) > 0 {
				facts.Max = b.Max
			}
		}
	}
	if !bounded {
		facts.Min, facts.Max = nil, nil
	}
	if rows > 0 && nulls >= 0 {
		facts.NullFraction = float64(nulls) / float64(rows)
	}
	facts.Distinct = float64(len(distinct))
	c.Facts = &facts
}

// The system columns: a row is where it lies, as long as its file is part of the table.
const (
	fileColumn = "_file"
	rowColumn  = "_row"
)

// Places of system columns instead of indexes of fields; lacking is a column that the
// version does not have.
const (
	lacking  = -1
	fileName = -2
	rowPlace = -3
)

// addSystemColumns adds them unless the table has columns of these names.
func (s *snapshot) addSystemColumns(d *backends.Table) {
	for i := range s.fields {
		if s.fields[i].name == fileColumn || s.fields[i].name == rowColumn {
			return
		}
	}
	for _, c := range []struct {
		name string
		oid  uint32
	}{{fileColumn, pgtypes.OIDText}, {rowColumn, pgtypes.OIDInt8}} {
		d.Columns = append(d.Columns, translate.TableColumn{
			Name: c.name, Type: pgtypes.Of(c.oid), NotNull: true, Hidden: true, System: true,
			Facts: &translate.ColumnFacts{NativeType: "system", Verified: true},
		})
		if d.ColumnComments != nil {
			d.ColumnComments = append(d.ColumnComments, "")
		}
	}
	text := &d.Columns[len(d.Columns)-2]
	text.Collation = pgtypes.CollationDefault
}
